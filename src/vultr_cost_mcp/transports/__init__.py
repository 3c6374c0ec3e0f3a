"""Run the server: transports, signals, and the account behind the tools."""
