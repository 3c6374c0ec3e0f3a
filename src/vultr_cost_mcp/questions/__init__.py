"""The questions, one folder each: its report, its text, its tool."""
