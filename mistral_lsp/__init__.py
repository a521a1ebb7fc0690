"""A language server that brings a model you host yourself into any editor."""

__version__ = "0.1.0"
