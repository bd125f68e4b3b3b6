"""The console: what the lab means, decided and shown."""
