"""The numeric history: samples as they came, their minutes, five minutes, hours, and the whole cluster."""
