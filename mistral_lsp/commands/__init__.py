"""What the command line can do beside serving an editor."""
