"""HTTP/2 as a server speaks it (RFC 9113), without any input or output."""
