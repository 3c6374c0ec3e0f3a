"""Bare metal servers, with and without GPUs."""
