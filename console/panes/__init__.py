"""What a pane looks like; one file each, found by scanning this folder."""
