"""Doing things again, later, in small steps, or until a program is done."""
