"""
Helpers for tests that other programs import from here. Our own tests stand elsewhere.
"""
