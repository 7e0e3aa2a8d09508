"""The command line, `ma-streaming`."""
