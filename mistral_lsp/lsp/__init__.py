"""The editor: the only importer of pygls and lsprotocol."""
