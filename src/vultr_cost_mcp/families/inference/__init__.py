"""Serverless inference, which is charged by tokens."""
