"""The rooms behind ``twisted.spread.pb``."""
