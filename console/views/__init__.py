"""What a pane thinks: model and now, made into plain values that widgets show."""
