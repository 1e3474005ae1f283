"""AMP: boxes of named strings, commands made of them, and calls in both directions."""
