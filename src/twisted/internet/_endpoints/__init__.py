"""Endpoints: one room for each family of addresses, and the reader of their descriptions."""
