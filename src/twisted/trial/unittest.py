"""
Tests: what a test module imports.
"""

from __future__ import annotations

import unittest as _pyunit

from twisted._faces import handOn
from twisted.python import components as _components

from . import itrial as _itrial
from ._adapter import PyUnitResultAdapter as PyUnitResultAdapter
from ._asyncrunner import TestSuite as TestSuite
from ._asyncrunner import decorate as decorate
from ._asynctest import TestCase as TestCase
from ._decoration import TestDecorator as TestDecorator
from ._synctest import FailTest as FailTest
from ._synctest import SkipTest as SkipTest
from ._synctest import SynchronousTestCase as SynchronousTestCase
from ._synctest import Todo as Todo
from ._synctest import makeTodo as makeTodo

__all__ = [
    "FailTest",
    "PyUnitResultAdapter",
    "SkipTest",
    "SynchronousTestCase",
    "TestCase",
    "TestDecorator",
    "TestSuite",
    "Todo",
    "decorate",
    "makeTodo",
]

handOn(
    __name__,
    FailTest,
    PyUnitResultAdapter,
    SkipTest,
    SynchronousTestCase,
    TestCase,
    TestDecorator,
    Todo,
    decorate,
    makeTodo,
)


def _asItIs(test: _pyunit.TestCase) -> _pyunit.TestCase:
    """
    See a test of the standard library as it is: trial needs no more of it.
    """
    return test


_components.registerAdapter(_asItIs, _pyunit.TestCase, _itrial.ITestCase)
