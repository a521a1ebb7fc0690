"""How often the ghost text of one missing line makes a function pass its tests, with the server and without it."""
