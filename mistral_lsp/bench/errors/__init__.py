"""Errors that are known, with their cures: what is offered for them, and what is said of them."""
