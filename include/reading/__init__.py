"""What there is to read of a memory and of the network, for the page and the command line."""
