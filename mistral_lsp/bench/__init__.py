"""Commands that measure the server and print what they found."""
