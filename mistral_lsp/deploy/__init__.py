"""What `mistral-lsp deploy` writes: everything needed to serve a model privately, reckoned, checked and explained."""
