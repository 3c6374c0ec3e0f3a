"""One folder a question: its report, its words, its tool."""
