"""HTTP/2 (RFC 9113): `core` and what stands on it know no input or output, `shell` does."""
