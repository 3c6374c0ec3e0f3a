"""Prompts: ready-made requests that name the tools to call and say how to read the answers."""
