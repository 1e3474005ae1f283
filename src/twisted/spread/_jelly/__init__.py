"""The rooms behind ``twisted.spread.jelly``."""
