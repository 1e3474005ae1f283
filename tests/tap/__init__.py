"""Tests of `twisted.tap`."""
