"""Nodes over SSH: hosts resolved as `ssh` would, connections held, sessions streamed, commands run on many."""
