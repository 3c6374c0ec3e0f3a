"""Kubernetes clusters: their nodes and their control planes."""
