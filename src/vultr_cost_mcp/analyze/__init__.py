"""One question a file: a Snapshot and options in, a Report out. No I/O, no clock, no randomness."""
