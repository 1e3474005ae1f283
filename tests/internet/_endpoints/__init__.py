"""Tests of endpoints, room by room."""
