"""
Finding tests: by name, by path, in modules, packages and classes.
"""

from __future__ import annotations

import os
import sys
import unittest as pyunit
from functools import partial
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from twisted.python import reflect
from twisted.python.failure import Failure
from twisted.python.modules import PythonAttribute, PythonModule, getModule
from twisted.python.util import uniquify

from ._asyncrunner import TestSuite
from ._holders import ErrorHolder
from ._values import _Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_Loadable = PythonAttribute | PythonModule | pyunit.TestCase | type[pyunit.TestCase]


def isPackage(module: object) -> bool:
    """
    Whether this is a module that is a package.
    """
    if not isinstance(module, ModuleType):
        return False
    stem = os.path.splitext(os.path.basename(module.__file__ or ""))[0]
    return stem == "__init__"


def isPackageDirectory(dirname: str) -> str | bool:
    """
    Give the name of the file that makes a package of a folder; False if there is none.
    """
    from importlib.machinery import all_suffixes

    for suffix in all_suffixes():
        if os.path.exists(os.path.join(dirname, "__init__" + suffix)):
            return "__init__" + suffix
    return False


def isTestCase(obj: object) -> bool:
    """
    Whether this is a class of tests.
    """
    return isinstance(obj, type) and issubclass(obj, pyunit.TestCase)


def name(thing: Any) -> str:
    """
    Give the full name of a test, a class of tests, a module or its name itself: the default
    order of tests goes by it.
    """
    if isinstance(thing, str):
        return thing
    if isinstance(thing, (PythonAttribute, PythonModule)):
        return thing.name
    if isTestCase(thing):
        return reflect.qual(thing)
    identity: str = thing.id()
    return identity


def samefile(filename1: str, filename2: str) -> bool:
    """
    The same as `os.path.samefile`; deprecated since 26.10.
    """
    from incremental import Version

    from twisted.python.deprecate import getDeprecationWarningString, getWarningMethod

    getWarningMethod()(
        getDeprecationWarningString(
            samefile, Version("Twisted", 26, 10, 0), replacement="os.path.samefile"
        ),
        DeprecationWarning,
        stacklevel=2,
    )
    return os.path.samefile(filename1, filename2)


def _qualNameWalker(qualName: str) -> Iterator[tuple[str, list[str]]]:
    """
    Give a dotted name, and what is above it step by step, each with the words left out.
    """
    words = qualName.split(".")
    for end in range(len(words), 0, -1):
        yield ".".join(words[:end]), words[end:]


def filenameToModule(fn: str) -> ModuleType:
    """
    Import the module that a file is, or the package that a folder is.

    Args:
        fn: the path. A file that is not on the import path is loaded nevertheless.
    Raises: ValueError if there is no such file, or the folder is no package.
    """
    if not os.path.exists(fn):
        raise ValueError(f"{fn!r} doesn't exist")
    moduleName = reflect.filenameToModuleName(fn)
    try:
        found = reflect.namedAny(moduleName)
    except (ValueError, AttributeError):
        return _importFromFile(fn, moduleName)
    if getattr(found, "__file__", None) is None:
        raise ValueError(f"{fn!r} is not a package directory")
    if os.path.isdir(fn):
        init = isPackageDirectory(fn)
        source = os.path.join(fn, init) if isinstance(init, str) else fn
    else:
        source = fn
    there = os.path.splitext(found.__file__)[0] + ".py"
    if os.path.exists(there) and os.path.samefile(source, there):
        assert isinstance(found, ModuleType)
        return found
    # Another module of that name is on the import path.
    del sys.modules[moduleName]
    return _importFromFile(fn, moduleName)


def _importFromFile(fn: str, moduleName: str) -> ModuleType:
    """
    Load a file as a module of that name.
    """
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_file_location

    if os.path.isdir(fn):
        fn = os.path.join(fn, "__init__.py")
    spec = spec_from_file_location(moduleName, fn, loader=SourceFileLoader(moduleName, fn))
    if spec is None or spec.loader is None:
        raise SyntaxError(f"{fn} is no Python file")
    module = module_from_spec(spec)
    sys.modules[moduleName] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[moduleName]
        raise
    return module


def _orHolder(name: str, function: Callable[..., Any], *args: Any) -> Any:
    """
    Give the result of a call; if it fails, a test that says so.
    """
    try:
        return function(*args)
    except KeyboardInterrupt:
        raise
    except BaseException:
        # SystemExit too: a module may be a script.
        return ErrorHolder(name, Failure())


class TestLoader(_Value):
    """
    Finds tests, and makes suites of them.

    Args:
        suiteFactory: called with tests, makes a suite.
        sorter: called with a test, a class or a module, gives what they are sorted by.

    Attributes:
        methodPrefix: what the names of test methods begin with.
        modulePrefix: what the names of test modules begin with.
    """

    suiteFactory: Callable[..., Any]
    sorter: Callable[[Any], Any]

    methodPrefix = "test"
    modulePrefix = "test_"

    def __init__(
        self,
        suiteFactory: Callable[..., Any] = TestSuite,
        sorter: Callable[[Any], Any] = name,
    ) -> None:
        self.suiteFactory = suiteFactory
        self.sorter = sorter

    def sort(self, xs: Iterable[Any]) -> list[Any]:
        """Put things into the order of this loader."""
        return sorted(xs, key=self.sorter)

    # By name.

    def findByName(self, _name: str, recurse: bool = False) -> Any:
        """
        Load tests.

        Args:
            _name: the dotted name of a package, module, class or method; or a path.
            recurse: whether packages within a package are looked at too.
        Returns: a test or a suite.
        Raises: whatever comes of importing it.
        """
        found, parent = self._find(_name)
        return self.loadAnything(found, recurse, parent, _name.split("."))

    def _find(self, name: str) -> tuple[Any, Any]:
        """
        Give what a name or path leads to, and, if that is no module, what it is in.
        """
        if os.sep in name:
            return filenameToModule(name), None
        found = reflect.namedAny(name)
        if isinstance(found, ModuleType):
            return found, None
        return found, reflect.namedAny(name.rpartition(".")[0])

    def loadByName(self, name: str, recurse: bool = False) -> Any:
        """
        Make a suite of what `findByName` finds; or, if that fails, of a test that says so.
        """
        return self.suiteFactory([_orHolder(name, self.findByName, name, recurse)])

    loadTestsFromName = loadByName

    def loadByNames(self, names: Iterable[str], recurse: bool = False) -> Any:
        """
        Make a suite of what several names lead to; what two of them lead to is in it once.
        """
        found: dict[Any, Any] = {}
        for name in uniquify(names):
            place = _orHolder(name, self._find, name)
            if isinstance(place, ErrorHolder):
                found[name] = place
            elif place not in found:
                load = partial(self.loadAnything, place[0], recurse, place[1], name.split("."))
                found[place] = _orHolder(name, load)
        return self.suiteFactory([self.suiteFactory([test]) for test in found.values()])

    # What is there already.

    def loadAnything(
        self,
        obj: Any,
        recurse: bool = False,
        parent: Any = None,
        qualName: list[str] | None = None,
    ) -> Any:
        """
        Load tests from an object.

        Args:
            obj: a package, module, class, suite, or test method.
            recurse: whether packages within a package are looked at too.
            parent: for a method, the class.
            qualName: for a method, words of which the last is its name in the class.
        Returns: a suite; for a method, the test.
        Raises: TypeError if there is no way to make tests of it.
        """
        if isinstance(obj, ModuleType):
            return self.loadPackage(obj, recurse) if isPackage(obj) else self.loadModule(obj)
        if isTestCase(obj):
            return self.loadClass(obj)
        if isinstance(obj, FunctionType) and isTestCase(parent):
            # Its own name may be another one, if it is decorated.
            return parent((qualName or [obj.__name__])[-1])
        if isinstance(obj, pyunit.TestSuite):
            return obj
        raise TypeError(f"don't know how to make test from: {obj!r}")

    def getTestCaseNames(self, klass: type) -> list[str]:
        """The names of a class's test methods, without the prefix."""
        return reflect.prefixedMethodNames(klass, self.methodPrefix)

    def loadClass(self, klass: Any) -> Any:
        """
        Make a suite of a class's tests.

        Raises:
            TypeError: if it is no class.
            ValueError: if it is no class of tests.
        """
        if not isinstance(klass, type):
            raise TypeError(f"{klass!r} is not a class")
        if not isTestCase(klass):
            raise ValueError(f"{klass!r} is not a test case")
        tests = [klass(self.methodPrefix + name) for name in self.getTestCaseNames(klass)]
        return self.suiteFactory(self.sort(tests))

    loadTestsFromTestCase = loadClass

    def findTestClasses(self, module: ModuleType) -> list[Any]:
        """The classes of tests in a module."""
        return self.sort(thing for thing in vars(module).values() if isTestCase(thing))

    def loadModule(self, module: ModuleType) -> Any:
        """
        Make a suite of a module's tests.

        A module with a function ``testSuite`` or ``test_suite`` makes its suite with that. Else
        there are its classes of tests, and the doctests of what its ``__doctests__`` lists.

        Raises: TypeError if it is no module.
        """
        if not isinstance(module, ModuleType):
            raise TypeError(f"{module!r} is not a module")
        for maker in ("testSuite", "test_suite"):
            if hasattr(module, maker):
                return getattr(module, maker)()
        suite = self.suiteFactory()
        for klass in self.findTestClasses(module):
            suite.addTest(self.loadClass(klass))
        if hasattr(module, "__doctests__"):
            suite.addTest(
                self.suiteFactory([self.loadDoctests(each) for each in module.__doctests__])
            )
        return suite

    loadTestsFromModule = loadModule

    def loadDoctests(self, module: ModuleType | str) -> Any:
        """
        Make a suite of a module's doctests; for a name, import it first.
        """
        import doctest

        if isinstance(module, str):
            try:
                module = reflect.namedAny(module)
            except Exception:
                return ErrorHolder(str(module), Failure())
        if not isinstance(module, ModuleType):
            import warnings

            warnings.warn(
                f"trial only supports doctesting modules, and not {module!r}", stacklevel=2
            )
            return self.suiteFactory()
        return doctest.DocTestSuite(module)

    def loadPackage(self, package: ModuleType, recurse: bool = False) -> Any:
        """
        Make a suite of the tests in a package's test modules.

        Args:
            package: the package.
            recurse: whether packages within it are looked at too.
        Returns: the suite; a module that cannot be imported is a test in it that says so.
        Raises: TypeError if it is no package.
        """
        if not isPackage(package):
            raise TypeError(f"{package!r} is not a package")
        here: Any = getModule(package.__name__)
        inside = here.walkModules() if recurse else here.iterModules()
        tests = [m for m in inside if m.name.rpartition(".")[2].startswith(self.modulePrefix)]
        suite = self.suiteFactory()
        for discovered in self.sort(tests):
            load = partial(self._loadDiscovered, discovered)
            suite.addTest(_orHolder(discovered.name, load))
        return suite

    def _loadDiscovered(self, discovered: PythonModule) -> Any:
        return self.loadModule(discovered.load())

    def loadFile(self, fileName: str, recurse: bool = False) -> Any:
        """
        Make a suite of the tests in a file.

        Raises: ValueError if it cannot be read as Python.
        """
        moduleName = reflect.filenameToModuleName(fileName)
        try:
            module = _importFromFile(fileName, moduleName)
        except OSError as e:
            raise ValueError(f"{fileName} is not a Python file.") from e
        return self.loadAnything(module, recurse=recurse)
