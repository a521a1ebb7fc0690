"""OTHER PROGRAMS: the user's checkers and tests, and functions that are measured, in limited processes on copies."""
