"""Replay: types real functions into real files, through the real server, and measures what that is like."""
