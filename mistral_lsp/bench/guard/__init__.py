"""Guard: what a model refuses that it should answer, answers that it should refuse, and obeys that it should ignore."""
