"""Where secrets are kept: the system's keyring, systemd's credentials, a command of the lab, a file of the user."""
