"""What commands of the command line do, and how they read and write."""
