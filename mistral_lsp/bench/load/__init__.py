"""Load: how many editors one endpoint holds, and what each of them waits."""
