"""Deferreds: results that are not there yet."""
