"""The commands of the command line, and their input and output."""
