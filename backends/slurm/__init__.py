"""Slurm, asked and told through its own tools, here or on a login node; nothing is installed, no library is loaded."""
