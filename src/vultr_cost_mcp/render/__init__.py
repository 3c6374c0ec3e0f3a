"""Reports to short Markdown for a reader. Pure: no arithmetic beyond rounding, no I/O."""
