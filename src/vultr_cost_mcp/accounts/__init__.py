"""An account wired: client, cache, history, exports."""
