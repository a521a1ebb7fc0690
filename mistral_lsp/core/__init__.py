"""Pure: text in, values out. No await, clock, disk, editor or network."""
