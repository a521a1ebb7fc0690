raise ImportError("as if it weren't installed")
