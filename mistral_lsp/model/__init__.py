"""The network, and the embedded engine. Everything else sees `model.base` alone."""
