"""Tests of the HTTP client's rooms."""
