"""Tests of `twisted.runner`."""
