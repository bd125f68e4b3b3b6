"""The socket between the collector and everyone who follows it."""
