"""What a terminal can show; knows no GPU, no job and no ticket."""
