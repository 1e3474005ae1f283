"""Framing and small protocols."""
