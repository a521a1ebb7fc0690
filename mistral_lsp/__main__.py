"""`python -m mistral_lsp` is `mistral-lsp`."""

from mistral_lsp.cli import main

raise SystemExit(main())
