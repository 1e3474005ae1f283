"""Databases that are asked by way of Python's DB-API."""
