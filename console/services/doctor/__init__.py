"""What `quarterdeck doctor` looks at, a file for each topic."""
