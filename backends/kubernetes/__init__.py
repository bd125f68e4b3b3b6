"""Kubernetes: what its API server says of jobs, queues and nodes, and what a person does there."""
