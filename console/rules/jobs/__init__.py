"""What is decided about jobs and queues: whose cards they have, why they wait, until when, and by which rules."""
