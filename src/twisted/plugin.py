"""
Plugins: objects that are found by what they provide.

A plugin is a module-level object that provides `IPlugin` and some other interface. It lies in a
module of a *plugin package*, such as ``twisted.plugins``, whose ``__path__`` may reach into many
folders (`pluginPackagePaths`). `getPlugins` gives those that provide an interface.

A distribution can also declare its plugins, as entry points in a group of the plugin package's
name; then they may lie in any module of it::

    [project.entry-points."twisted.plugins"]
    shop = "shop.plugins"             # a module: what it holds that provides `IPlugin`
    till = "shop.till:TillService"    # a single plugin

To ask each module what it has would mean to import them all. So each folder has a file
``dropin.cache`` that tells what its modules provide, by the names of the interfaces. Its laws:

- A record holds as long as the files that it follows from are unchanged, by size and time: the
  module itself, and those that define the interfaces, whose bases count too.
- Nothing is imported to find out that a plugin is *not* wanted.
- It is JSON, and read as data: whoever can write there can make us import what lies there anyway,
  but a damaged or a foreign file does no harm. What cannot be read is made anew.
- It is replaced as a whole, so that no reader sees half of it; where it cannot be written, that is
  logged once, and things are only slower.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from zope.interface import Interface, providedBy

if TYPE_CHECKING:
    from types import ModuleType

    from zope.interface.interface import InterfaceClass

__all__ = [
    "CachedDropin",
    "CachedPlugin",
    "IPlugin",
    "getCache",
    "getPlugIns",
    "getPlugins",
    "pluginPackagePaths",
]

fromkeys = dict.fromkeys

cacheName = "dropin.cache"
cacheFormat = 1

_moduleExtensions = (".py", ".pyc")

_T = TypeVar("_T")

# [path, time of modification in ns, size in bytes]; both -1 for what is no file.
_Stamp = list[Any]


class IPlugin(Interface):
    """
    What every plugin provides beside the interface that it is wanted for.

    It has no methods: it sets plugins apart from whatever else a module happens to hold.
    """


class CachedPlugin:
    """
    What is known about a plugin that need not be imported yet.

    Attributes:
        dropin: the `CachedDropin` of its module.
        name: what it is called there.
        description: its docstring, if any.
    """

    def __init__(
        self,
        dropin: CachedDropin,
        name: str,
        description: str | None,
        provided: Iterable[InterfaceClass],
    ) -> None:
        """
        Args:
            dropin: the `CachedDropin` of its module, to which the plugin is added.
            name: what it is called there.
            description: its docstring, if any.
            provided: the interfaces that it provides.
        """
        self._provided: list[InterfaceClass] | None = list(provided)
        # For each interface that is provided, by its dotted name: those of it and its bases.
        self._lineages = {_dotted(each): _lineage(each) for each in self._provided}
        self._join(dropin, name, description)

    @classmethod
    def _fromRecord(cls, dropin: CachedDropin, record: Mapping[str, Any]) -> CachedPlugin:
        """Make one from what a cache holds, where interfaces are but names."""
        self = cls.__new__(cls)
        self._provided = None
        self._lineages = {str(name): list(bases) for name, bases in record["provided"].items()}
        self._join(dropin, str(record["name"]), record["description"])
        return self

    def _join(self, dropin: CachedDropin, name: str, description: str | None) -> None:
        self.dropin = dropin
        self.name = name
        self.description = description
        dropin.plugins.append(self)

    def _toRecord(self) -> dict[str, Any]:
        """Give what a cache holds."""
        return {
            "name": self.name,
            "description": self.description,
            "provided": self._lineages,
        }

    @property
    def provided(self) -> list[InterfaceClass]:
        """The interfaces that the plugin provides; their modules are imported to tell."""
        if self._provided is None:
            self._provided = [_interfaceOf(dotted) for dotted in self._lineages]
        return self._provided

    def __repr__(self) -> str:
        names = ", ".join(dotted.rpartition(".")[2] for dotted in self._lineages)
        return f"<CachedPlugin {self.name!r}/{self.dropin.moduleName!r} (provides {names!r})>"

    def load(self) -> Any:
        """Import the module and give the plugin itself."""
        return _lookUp(self.dropin.moduleName, self.name)

    def __conform__(
        self, interface: InterfaceClass, registry: object = None, default: Any = None
    ) -> Any:
        """
        Give the plugin as something that provides an interface.

        It is loaded only if it does so itself, or if it can be adapted.

        Args:
            interface: what it is to provide.
            registry: not used; the registry of adapters is one for the whole process.
            default: what to give where it cannot.
        """
        wanted = _dotted(interface)
        if any(wanted in lineage for lineage in self._lineages.values()):
            return self.load()
        if self._canBeAdapted(interface):
            return interface(self.load(), default)
        return default

    getComponent = __conform__

    def _canBeAdapted(self, interface: InterfaceClass) -> bool:
        """
        Tell whether there is an adapter from what is provided.

        An interface whose module nobody imported is left out: importing all of them on the mere
        chance would cost more than everything else here.
        """
        components = sys.modules.get("twisted.python.components")
        if components is None:
            # Nobody can have registered an adapter.
            return False
        return any(
            components.getAdapterFactory(_interfaceOf(dotted), interface, None) is not None
            for dotted in self._lineages
            if dotted.rpartition(".")[0] in sys.modules
        )


class CachedDropin:
    """
    What is known about a module of plugins.

    Attributes:
        moduleName: its dotted name.
        description: its docstring, if any.
        plugins: a `CachedPlugin` for each plugin in it.
    """

    def __init__(self, moduleName: str, description: str | None) -> None:
        self.moduleName = moduleName
        self.description = description
        self.plugins: list[CachedPlugin] = []

    @classmethod
    def _fromRecord(cls, record: Mapping[str, Any]) -> CachedDropin:
        """Make one from what a cache holds."""
        self = cls(str(record["moduleName"]), record["description"])
        for each in record["plugins"]:
            CachedPlugin._fromRecord(self, each)
        return self

    @classmethod
    def _fromModule(cls, module: ModuleType) -> CachedDropin:
        """Make one from the module itself."""
        self = cls(module.__name__, module.__doc__)
        for name, value in vars(module).items():
            if IPlugin(value, None) is not None:
                CachedPlugin(self, name, getattr(value, "__doc__", None), providedBy(value))
        return self

    def _toRecord(self) -> dict[str, Any]:
        """Give what a cache holds."""
        return {
            "moduleName": self.moduleName,
            "description": self.description,
            "plugins": [each._toRecord() for each in self.plugins],
        }


# Interfaces by name.


def _dotted(interface: InterfaceClass) -> str:
    """Give the module and the name of an interface."""
    return f"{interface.__module__}.{interface.__name__}"


def _lineage(interface: InterfaceClass) -> list[str]:
    """Give the dotted names of an interface and of all that it extends."""
    return [_dotted(each) for each in interface.__iro__]


def _import(moduleName: str) -> ModuleType:
    """Import a module by its dotted name."""
    import importlib

    return importlib.import_module(moduleName)


def _lookUp(moduleName: str, name: str) -> Any:
    """Import a module, and find a name in it, which may be dotted."""
    found: Any = _import(moduleName)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _interfaceOf(dotted: str) -> InterfaceClass:
    """Import an interface by its dotted name."""
    moduleName, _, name = dotted.rpartition(".")
    found: InterfaceClass = getattr(_import(moduleName), name)
    return found


# Records: what a cache holds for one module.


def _stampOf(path: str) -> _Stamp:
    """Give what changes when a file does."""
    try:
        info = os.stat(path)
    except OSError:
        return [path, -1, -1]
    return [path, info.st_mtime_ns, info.st_size]


def _isFresh(record: Mapping[str, Any], source: _Stamp) -> bool:
    """Tell whether every file that a record follows from is as it was then."""
    own, *others = record["basis"]
    return bool(own == source and all(each == _stampOf(each[0]) for each in others))


def _recordOf(moduleName: str, source: _Stamp | None) -> tuple[CachedDropin, dict[str, Any]]:
    """Import a module of plugins, and give what is in it."""
    dropin = CachedDropin._fromModule(_import(moduleName))
    return dropin, _withBasis(dropin, source)


def _withBasis(dropin: CachedDropin, source: _Stamp | None) -> dict[str, Any]:
    """
    Give what a cache holds of a module that is imported.

    Args:
        source: the stamp of its file within its folder, or None to find that by itself.
    """
    if source is None:
        source = _stampOf(getattr(sys.modules[dropin.moduleName], "__file__", None) or "")
    files = set()
    for plugin in dropin.plugins:
        for lineage in plugin._lineages.values():
            for dotted in lineage:
                module = sys.modules.get(dotted.rpartition(".")[0])
                files.add(getattr(module, "__file__", None))
    basis = [source, *(_stampOf(each) for each in sorted(filter(None, files)))]
    return {**dropin._toRecord(), "basis": basis}


# Folders of plugins.


def _modulesIn(folder: str) -> dict[str, _Stamp]:
    """Find the modules and packages in a folder; nothing where there is no such folder."""
    found: dict[str, _Stamp] = {}
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError:
        return found
    # Sorted so that .py comes before .pyc, and what was found first stays.
    for name in names:
        stem, extension = os.path.splitext(name)
        if extension in _moduleExtensions:
            source = name
        elif extension:
            continue
        else:
            source = os.path.join(name, "__init__.py")
        if stem == "__init__" or not stem.isidentifier() or stem in found:
            continue
        stamp = _stampOf(os.path.join(folder, source))
        if stamp[1] >= 0:
            # The name within the folder, which may be moved with its cache.
            found[stem] = [source, *stamp[1:]]
    return found


def _modulesInArchive(package: str, entry: str) -> Iterator[CachedDropin]:
    """Find what is in an entry of a path that is no folder; there is no cache in those."""
    import pkgutil

    for info in pkgutil.iter_modules([entry]):
        dropin = _tryToImport(f"{package}.{info.name}", [entry, -1, -1])
        if dropin is not None:
            yield dropin[0]


def _tryToImport(
    moduleName: str, source: _Stamp | None
) -> tuple[CachedDropin, dict[str, Any]] | None:
    """Import a module of plugins, or log that it is broken: the others shall not suffer."""
    try:
        return _recordOf(moduleName, source)
    except (Exception, SystemExit):
        from twisted.logger import Logger

        Logger().failure("the module of plugins {name} could not be imported", name=moduleName)
        return None


# What can be wrong with a file that anybody may have written.
_damaged = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


def _readContent(path: str) -> dict[str, Any]:
    """Read the cache of a folder; empty where there is none, or none of ours."""
    import json

    try:
        with open(path, "rb") as file:
            content: dict[str, Any] = json.loads(file.read())
        return content if content["format"] == cacheFormat else {}
    except _damaged:
        return {}


def _readCache(path: str, part: str = "dropins") -> dict[str, Any]:
    """Read the records of a folder, or those of distributions; none where they are not ours."""
    try:
        records: dict[str, Any] = _readContent(path)[part]
        # Whatever is not as we write it shows here, not in the middle of a search.
        for record in records.values():
            CachedDropin._fromRecord(record)
            if not all(len(stamp) == 3 for stamp in record["basis"]) or not record["basis"]:
                return {}
        return records
    except _damaged:
        return {}


_unwritable: set[str] = set()


def _writeCache(path: str, **parts: Mapping[str, Any]) -> None:
    """Replace parts of the cache of a folder, or log that it cannot be done."""
    import json

    whole = {"dropins": {}, **_readContent(path), **parts, "format": cacheFormat}
    content = json.dumps(whole).encode("ascii")
    draft = f"{path}.{os.getpid()}.{os.urandom(8).hex()}"
    try:
        # Not through a link that somebody else put there.
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with open(descriptor, "wb") as file:
                file.write(content)
            os.replace(draft, path)
        except BaseException:
            os.remove(draft)
            raise
    except OSError as error:
        if path in _unwritable:
            return
        _unwritable.add(path)
        from twisted.logger import Logger

        Logger().warn(
            "Unable to write to plugin cache {path}: error number {errno}",
            path=path,
            errno=error.errno,
        )


def _dropinsIn(
    package: str, folder: str, shadowed: Mapping[str, CachedDropin]
) -> Iterator[tuple[str, CachedDropin]]:
    """
    Find what is in one folder, and keep its cache up to date.

    Args:
        package: the dotted name of the plugin package.
        folder: one entry of its ``__path__``.
        shadowed: what entries before it have; an import finds theirs, so ours is not asked.
    """
    modules = _modulesIn(folder)
    path = os.path.join(folder, cacheName)
    known = _readCache(path)
    # A record of what is shadowed for us may serve a process that has another sys.path.
    records = {stem: known[stem] for stem in modules if stem in known}
    imported = False
    for stem, source in modules.items():
        if stem in shadowed:
            continue
        record = records.get(stem)
        if record is not None and _isFresh(record, source):
            yield stem, CachedDropin._fromRecord(record)
            continue
        records.pop(stem, None)
        if not imported:
            import importlib

            # The file may be younger than what the import system remembers of the folder.
            importlib.invalidate_caches()
            imported = True
        made = _tryToImport(f"{package}.{stem}", source)
        if made is not None:
            dropin, records[stem] = made
            yield stem, dropin
    if records != known:
        _writeCache(path, dropins=records)


# What distributions declare.


def _declaredDropins(package: ModuleType) -> Iterator[tuple[str, CachedDropin]]:
    """
    Find what installed distributions declare for a plugin package.

    What is known of it is kept in the cache of the package's first folder.
    """
    from twisted._entrypoints import declared

    folder = next((entry for entry in package.__path__ if os.path.isdir(entry)), None)
    path = os.path.join(folder, cacheName) if folder is not None else os.devnull
    kept = _readContent(path).get("installed")
    values, keep = declared(package.__name__, kept if isinstance(kept, dict) else {})
    known = _readCache(path, "declared")
    records: dict[str, Any] = {}
    for value in values:
        record = known.get(value)
        if record is not None and _isFresh(record, _stampOf(record["basis"][0][0])):
            records[value] = record
            yield value, CachedDropin._fromRecord(record)
            continue
        made = _tryToLoadDeclared(value)
        if made is not None:
            dropin, records[value] = made
            yield value, dropin
    if folder is not None and (records != known or keep != (kept or {})):
        _writeCache(path, declared=records, installed=keep)


def _tryToLoadDeclared(value: str) -> tuple[CachedDropin, dict[str, Any]] | None:
    """Import what is declared, or log that it is broken: the others shall not suffer."""
    # Names of extras may follow, in brackets; they are the installer's business.
    moduleName, _, name = value.partition("[")[0].replace(" ", "").partition(":")
    if not name:
        return _tryToImport(moduleName, None)
    try:
        plugin = _lookUp(moduleName, name)
        if IPlugin(plugin, None) is None:
            raise TypeError(f"{value} is declared as a plugin, and does not provide IPlugin")
        dropin = CachedDropin(moduleName, _import(moduleName).__doc__)
        CachedPlugin(dropin, name, getattr(plugin, "__doc__", None), providedBy(plugin))
        return dropin, _withBasis(dropin, None)
    except (Exception, SystemExit):
        from twisted.logger import Logger

        Logger().failure("the plugin that is declared as {value} could not be loaded", value=value)
        return None


def getCache(module: ModuleType) -> dict[str, CachedDropin]:
    """
    Find all plugins of a plugin package, and bring the caches of its folders up to date.

    Args:
        module: the plugin package.
    Returns: for the name of each module in it, without the package's, what is in it; and for each
        value that a distribution declares, what that is.
    """
    found: dict[str, CachedDropin] = {}
    for entry in module.__path__:
        if os.path.isfile(entry) or os.path.isfile(os.path.dirname(entry)):
            for dropin in _modulesInArchive(module.__name__, entry):
                found.setdefault(dropin.moduleName.rpartition(".")[2], dropin)
        else:
            found.update(_dropinsIn(module.__name__, entry, dict(found)))
    lying = {dropin.moduleName for dropin in found.values()}
    for value, dropin in _declaredDropins(module):
        # What is declared and lies in the package as well is one thing.
        if ":" in value or dropin.moduleName not in lying:
            found.setdefault(value, dropin)
    return found


def getPlugins(interface: type[_T], package: ModuleType | None = None) -> Iterator[_T]:
    """
    Find the plugins that provide an interface.

    One that cannot be loaded is logged and left out.

    Args:
        interface: what they are to provide, or to be adapted to.
        package: the plugin package; ``twisted.plugins`` if None.
    Returns: the plugins themselves, each loaded when it is asked for.
    """
    if package is None:
        package = _import("twisted.plugins")
    wanted: Any = interface
    for dropin in getCache(package).values():
        for plugin in dropin.plugins:
            try:
                adapted = wanted(plugin, None)
            except (Exception, SystemExit):
                from twisted.logger import Logger

                Logger().failure("the plugin {plugin!r} could not be loaded", plugin=plugin)
                continue
            if adapted is not None:
                yield adapted


getPlugIns = getPlugins
"""Another spelling."""


def pluginPackagePaths(name: str) -> list[str]:
    """
    Find the folders that may hold more modules of a plugin package.

    A plugin package adds them to its ``__path__``::

        __path__.extend(pluginPackagePaths(__name__))

    Args:
        name: its dotted name.
    Returns: such a folder for each entry of ``sys.path``, whether or not it exists, but for those
        with an ``__init__.py``: they are packages of their own, of which Python takes the first.
    """
    inside = name.split(".")
    folders = (os.path.abspath(os.path.join(entry, *inside)) for entry in sys.path)
    return [each for each in folders if not os.path.exists(os.path.join(each, "__init__.py"))]
