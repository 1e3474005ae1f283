"""The rooms behind `twisted.web.static`: ranges, producers, listings, types."""
