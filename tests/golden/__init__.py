"""Golden answers: text and structure of every tool, byte for byte, on accounts in files."""
