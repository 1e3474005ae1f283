"""TLS over any transport."""
