"""The program that is sent to a node, and the language that it speaks."""
