"""
Tests run by several processes at once.
"""
