"""Cloud servers, with and without GPUs: Cloud Compute and Cloud GPU."""
