"""pytest is told how to run trial's tests, whatever else is installed."""

from __future__ import annotations

from twisted.trial._pytestplugin import pytest_configure as tellPytest

tellPytest()
