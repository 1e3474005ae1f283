"""
A view of the Python modules that are there, whether or not they are imported.

    for module in walkModules():
        if module.name.endswith("_plugin"):
            module.load()

What may be imported is a tree: a `PythonPath` (usually `theSystemPath`, which is ``sys.path``) has
`PathEntry` objects, they have `PythonModule` objects, and packages among these have further ones.
Nothing is imported by looking. For a package that *is* imported its ``__path__`` counts; for any
other one, the folder that it lies in.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from types import ModuleType
from typing import Any

from zope.interface import Interface, implementer

from twisted.python.components import registerAdapter
from twisted.python.filepath import FilePath, UnlistableError
from twisted.python.reflect import namedAny

__all__ = [
    "OPTIMIZED_MODE",
    "PYTHON_EXTENSIONS",
    "IPathImportMapper",
    "PathEntry",
    "PythonAttribute",
    "PythonModule",
    "PythonPath",
    "getModule",
    "iterModules",
    "theSystemPath",
    "walkModules",
]

OPTIMIZED_MODE = not __debug__
PYTHON_EXTENSIONS = [".py", ".pyc"]
"""How the files of modules end, the preferred one first."""

_nothing: Any = object()
_packageStem = "__init__"

# What has the methods of IFilePath: a FilePath or a ZipPath.
_AnyPath = Any


class IPathImportMapper(Interface):
    """
    Finds the files behind an importer, such as one from ``sys.path_hooks``.

    An importer is adapted to this interface.
    """

    def mapPath(pathLikeString):  # type: ignore[no-untyped-def]
        """
        Give the provider of `IFilePath` for an entry of ``sys.path``.

        Args:
            pathLikeString: the entry, which need not be a path of the file system.
        """


@implementer(IPathImportMapper)
class _FolderMapper:
    """What is a path of the file system, or what nobody said anything else about."""

    def mapPath(self, pathLikeString: str) -> FilePath[str]:
        return FilePath(pathLikeString)


@implementer(IPathImportMapper)
class _ArchiveMapper:
    """What lies in a zip archive: behind its path come segments inside."""

    def __init__(self, importer: Any) -> None:
        self._importer = importer

    def mapPath(self, pathLikeString: str) -> _AnyPath:
        from twisted.python.zippath import ZipArchive

        archive = FilePath(self._importer.archive)
        wanted = FilePath(pathLikeString)
        inside = [] if wanted == archive else wanted.segmentsFrom(archive)
        return ZipArchive(archive.path).descendant(inside)


_folderMapper = _FolderMapper()


def _registerArchives() -> None:
    from zipimport import zipimporter

    registerAdapter(_ArchiveMapper, zipimporter, IPathImportMapper)


_registerArchives()


def _isPackageFile(path: _AnyPath) -> bool:
    """Tell whether a file is the one that makes a folder a package."""
    return path.splitext()[1] in PYTHON_EXTENSIONS and _stem(path) == _packageStem


def _stem(path: _AnyPath) -> str:
    """Give the name of a file without its extension."""
    name: str = path.basename()
    return name.rpartition(".")[0] or name


class _Container:
    """What modules are found in: a `PathEntry`, or a `PythonModule` that is a package."""

    # The name that those of the modules inside begin with, with its dot.
    _prefix = ""

    def _folders(self) -> Iterable[_AnyPath]:
        """Give the folders to look in."""
        raise NotImplementedError

    def _entryFor(self, folder: _AnyPath) -> PathEntry:
        """Give the entry of the path that a module in a folder belongs to."""
        raise NotImplementedError

    def iterModules(self) -> Iterator[PythonModule]:
        """
        Give the modules and packages right in here, by name, each once.

        Where several folders have one of a name, it is the first one's, as in an import.
        """
        seen: set[str] = set()
        for folder in self._folders():
            found = _modulesIn(folder)
            for name in sorted(found.keys() - seen):
                seen.add(name)
                yield PythonModule(self._prefix + name, found[name], self._entryFor(folder))

    def walkModules(self, importPackages: bool = False) -> Iterator[PythonModule]:
        """
        Give the modules and packages in here, at every depth.

        Args:
            importPackages: whether to import each package before looking into it, so that it
                can change its ``__path__``.
        """
        if isinstance(self, PythonModule):
            yield self
            if importPackages and self.isPackage():
                self.load()
        for module in self.iterModules():
            yield from module.walkModules(importPackages)

    def __getitem__(self, modname: str) -> PythonModule:
        """
        Give a module right in here, by its name without that of the package.

        Raises: KeyError if there is none.
        """
        wanted = self._prefix + modname
        for module in self.iterModules():
            if module.name == wanted:
                return module
        raise KeyError(modname)

    def __iter__(self) -> Iterator[PythonModule]:
        """Refuse: it would not be clear whether to go to every depth."""
        raise NotImplementedError("say iterModules() or walkModules()")


def _modulesIn(folder: _AnyPath) -> dict[str, _AnyPath]:
    """Find the file of each module and package in a folder; none where it cannot be listed."""
    try:
        children = list(folder.children())
    except UnlistableError:
        return {}
    found: dict[str, _AnyPath] = {}
    # A .py before a .pyc before a package: then a package is what stays, as in an import.
    for extension in reversed(PYTHON_EXTENSIONS):
        for child in children:
            stem = _stem(child)
            if child.splitext()[1] == extension and stem.isidentifier() and child.isfile():
                found[stem] = child
    found.pop(_packageStem, None)
    for child in children:
        if child.basename().isidentifier() and child.isdir():
            file = _packageFileIn(child)
            if file is not None:
                found[child.basename()] = file
    return found


def _packageFileIn(folder: _AnyPath) -> _AnyPath | None:
    """Find the file that makes a folder a package, if any."""
    for extension in PYTHON_EXTENSIONS:
        file = folder.child(_packageStem + extension)
        if file.exists():
            return file
    return None


class PythonAttribute:
    """
    A name in a module, a class or another object, and what it stands for.

    Attributes:
        name: the dotted name, from that of the module on.
        onObject: the `PythonModule` or `PythonAttribute` that it is an attribute of.
        pythonValue: what it stands for.
    """

    def __init__(
        self,
        name: str,
        onObject: PythonModule | PythonAttribute,
        loaded: bool,
        pythonValue: Any,
    ) -> None:
        """
        Args:
            name: see the class.
            onObject: see the class.
            loaded: whether the value is there.
            pythonValue: see the class.
        """
        self.name = name
        self.onObject = onObject
        self._loaded = loaded
        self.pythonValue = pythonValue

    def __repr__(self) -> str:
        return f"PythonAttribute<{self.name!r}>"

    def isLoaded(self) -> bool:
        """Tell whether the value is there."""
        return self._loaded

    def load(self, default: Any = _nothing) -> Any:
        """Give the value."""
        return self.pythonValue

    def iterAttributes(self) -> Iterator[PythonAttribute]:
        """Give the attributes of the value, by name."""
        yield from _attributesOf(self, self.load())


class PythonModule(_Container):
    """
    A module that can be imported.

    Attributes:
        name: its dotted name.
        filePath: its file; of a package, that of its ``__init__``.
        parentPath: the folder that its file lies in.
        pathEntry: the `PathEntry` that it, or its topmost package, lies in.
    """

    def __init__(self, name: str, filePath: _AnyPath, pathEntry: PathEntry) -> None:
        self.name = name
        self.filePath = filePath
        self.parentPath = filePath.parent()
        self.pathEntry = pathEntry

    def __repr__(self) -> str:
        return f"PythonModule<{self.name!r}>"

    def __eq__(self, other: object) -> bool:
        """Compare names: two of one name are one module once they are imported."""
        if not isinstance(other, PythonModule):
            return NotImplemented
        return self.name == other.name

    def __hash__(self) -> int:
        return hash((PythonModule, self.name))

    @property
    def _prefix(self) -> str:  # type: ignore[override]  # worked out, where an entry has a constant
        return self.name + "."

    def _loaded(self) -> ModuleType | None:
        """Give the module if it is imported."""
        return self.pathEntry.pythonPath.moduleDict.get(self.name)

    def isLoaded(self) -> bool:
        """Tell whether the module is imported."""
        return self._loaded() is not None

    def isPackage(self) -> bool:
        """Tell whether this is a package."""
        return _isPackageFile(self.filePath)

    def load(self, default: Any = _nothing) -> Any:
        """
        Import the module.

        Args:
            default: what to give where that fails; it raises what it raises if left out.
        """
        try:
            return self.pathEntry.pythonPath.moduleLoader(self.name)
        except Exception:
            if default is _nothing:
                raise
            return default

    def iterAttributes(self) -> Iterator[PythonAttribute]:
        """
        Give the attributes of the module, by name.

        Raises: NotImplementedError if it is not imported.
        """
        if not self.isLoaded():
            raise NotImplementedError(f"{self.name} has to be loaded to see its attributes")
        yield from _attributesOf(self, self.load())

    def _folders(self) -> Iterable[_AnyPath]:
        if not self.isPackage():
            return
        loaded = self._loaded()
        if loaded is None:
            yield self.parentPath
            return
        # A package may take its path away, and then has nothing in it.
        for entry in getattr(loaded, "__path__", ()):
            if entry == self.parentPath.path:
                yield self.parentPath
            else:
                yield self.pathEntry.pythonPath._smartPath(entry)

    def _entryFor(self, folder: _AnyPath) -> PathEntry:
        return self.pathEntry


class PathEntry(_Container):
    """
    One entry of a path of Python modules.

    Attributes:
        filePath: the folder or the archive.
        pythonPath: the `PythonPath` that this is an entry of.
    """

    def __init__(self, filePath: _AnyPath, pythonPath: PythonPath) -> None:
        self.filePath = filePath
        self.pythonPath = pythonPath

    def __repr__(self) -> str:
        return f"PathEntry<{self.filePath!r}>"

    def _folders(self) -> Iterable[_AnyPath]:
        return [self.filePath]

    def _entryFor(self, folder: _AnyPath) -> PathEntry:
        return self


class PythonPath:
    """
    Everything that can be imported.

    Attributes:
        moduleDict: what is imported, by name.
        sysPathHooks: functions that make an importer for an entry, or raise ImportError.
        importerCache: the importers made so far, by entry.
        moduleLoader: imports a module by its dotted name.
    """

    def __init__(
        self,
        sysPath: list[str] | None = None,
        moduleDict: Mapping[str, Any] = sys.modules,
        sysPathHooks: Iterable[Callable[[str], Any]] = sys.path_hooks,
        importerCache: MutableMapping[str, Any] = sys.path_importer_cache,
        moduleLoader: Callable[[str], Any] = namedAny,
        sysPathFactory: Callable[[], list[str]] | None = None,
    ) -> None:
        """
        Args:
            sysPath: the entries.
            moduleDict: see the class.
            sysPathHooks: see the class.
            importerCache: see the class.
            moduleLoader: see the class.
            sysPathFactory: gives the entries, which may be others each time; that of Python
                itself if neither it nor ``sysPath`` is given.
        """
        self._sysPath = sysPath
        self._sysPathFactory = sysPathFactory or _pythonsOwnPath
        self.moduleDict = moduleDict
        self.sysPathHooks = sysPathHooks
        self.importerCache = importerCache
        self.moduleLoader = moduleLoader

    @property
    def sysPath(self) -> list[str]:
        """The entries, as they are now."""
        return self._sysPathFactory() if self._sysPath is None else self._sysPath

    def __repr__(self) -> str:
        return f"PythonPath({self.sysPath!r}, {len(self.moduleDict)} modules loaded)"

    def _smartPath(self, pathName: str) -> _AnyPath:
        """Give the provider of `IFilePath` for an entry, by what imports from it."""
        importer = self.importerCache.get(pathName, _nothing)
        if importer is _nothing:
            importer = self._importerFor(pathName)
        mapper: Any = IPathImportMapper(importer, _folderMapper)
        return mapper.mapPath(pathName)

    def _importerFor(self, pathName: str) -> Any:
        """Make an importer for an entry, or None where no hook knows it."""
        for hook in self.sysPathHooks:
            try:
                return hook(pathName)
            except ImportError:
                continue
        return None

    def iterEntries(self) -> Iterator[PathEntry]:
        """Give the entries of the path, in order."""
        for pathName in self.sysPath:
            yield PathEntry(self._smartPath(pathName), self)

    def iterModules(self) -> Iterator[PythonModule]:
        """Give all modules and packages that are in no package, each once."""
        seen = set()
        for entry in self.iterEntries():
            for module in entry.iterModules():
                if module.name not in seen:
                    seen.add(module.name)
                    yield module

    def walkModules(self, importPackages: bool = False) -> Iterator[PythonModule]:
        """
        Give all modules and packages, at every depth.

        Args:
            importPackages: whether to import each package before looking into it.
        """
        for module in self.iterModules():
            yield from module.walkModules(importPackages)

    def __getitem__(self, modname: str) -> PythonModule:
        """
        Give a module by its dotted name.

        Raises: KeyError if there is none; for a built-in one too, for it has no file.
        """
        loaded = self.moduleDict.get(modname)
        if getattr(loaded, "__file__", None) is not None:
            return self._known(modname, loaded)
        package, _, name = modname.rpartition(".")
        if package:
            return self[package][name]
        for entry in self.iterEntries():
            try:
                return entry[modname]
            except KeyError:
                continue
        raise KeyError(modname)

    def __contains__(self, module: str) -> bool:
        """Tell whether there is a module of that dotted name."""
        try:
            self[module]
        except KeyError:
            return False
        return True

    def _known(self, name: str, loaded: Any) -> PythonModule:
        """Describe a module that is imported."""
        entry = self._entryOf(name, loaded.__file__)
        if not self._isKnown(entry):
            import warnings

            warnings.warn(
                f"{entry}, where the module {name} is from, is not in sys.path_importer_cache: "
                "PEP 302 has whoever imported it make an entry there",
                stacklevel=3,
            )
        return PythonModule(
            name, self._smartPath(loaded.__file__), PathEntry(self._smartPath(entry), self)
        )

    def _isKnown(self, entry: str) -> bool:
        """Tell whether anything was imported from an entry, which may be relative there."""
        if entry in self.importerCache:
            return True
        known = [*self.importerCache, *self.sysPath]
        return any(FilePath(each).path == entry for each in known if isinstance(each, str))

    def _entryOf(self, name: str, file: str) -> str:
        """Tell which entry the topmost package of an imported module was found in."""
        while name := name.rpartition(".")[0]:
            file = getattr(self.moduleDict.get(name), "__file__", None) or file
        path: FilePath[str] = FilePath(file)
        return path.parent().dirname() if _isPackageFile(path) else path.dirname()


def _attributesOf(
    owner: PythonModule | PythonAttribute, value: object
) -> Iterator[PythonAttribute]:
    """Give the attributes of a value, by name."""
    import inspect

    for name, each in inspect.getmembers(value):
        yield PythonAttribute(f"{owner.name}.{name}", owner, True, each)


def _pythonsOwnPath() -> list[str]:
    """Give ``sys.path``, which may be another list each time."""
    return sys.path


theSystemPath = PythonPath()
"""What this process can import."""


def walkModules(importPackages: bool = False) -> Iterator[PythonModule]:
    """
    Give all modules that this process can import, at every depth.

    Args:
        importPackages: whether to import each package before looking into it.
    """
    return theSystemPath.walkModules(importPackages)


def iterModules() -> Iterator[PythonModule]:
    """Give all modules and packages that this process can import and that are in no package."""
    return theSystemPath.iterModules()


def getModule(moduleName: str) -> PythonModule:
    """
    Give a module that this process can import, by its dotted name.

    Raises: KeyError if there is none.
    """
    return theSystemPath[moduleName]
