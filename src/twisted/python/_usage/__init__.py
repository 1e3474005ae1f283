"""The rooms behind `twisted.python.usage`."""
