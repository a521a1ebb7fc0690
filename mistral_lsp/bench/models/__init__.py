"""Models: any number of endpoints scored side by side on what people ask of them, with their times."""
