"""The disk: what of the workspace may be read, and reading it."""
