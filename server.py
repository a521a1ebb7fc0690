"""Start the language server from a checkout: `python server.py` is `mistral-lsp`."""

from mistral_lsp.cli import main

raise SystemExit(main())
