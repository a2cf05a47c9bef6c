"""Seen from within the sandbox as `/run/sandbox/inside`, so its imports are relative."""
