"""Tests of `twisted.persisted`."""
