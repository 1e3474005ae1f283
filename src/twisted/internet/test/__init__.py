"""
Helpers for tests of reactors that other programs import from here.
"""
