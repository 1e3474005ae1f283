"""
Adapters: objects seen through interfaces that they do not provide themselves.

`registerAdapter` says how, and calling an interface with an object then finds the adapter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import interface as _interface
from zope.interface.adapter import AdapterRegistry
from zope.interface.declarations import implementedBy, implementer, providedBy

from .reflect import namedAny, qual, safe_repr

if TYPE_CHECKING:
    from collections.abc import Callable

    from zope.interface import Interface

    Hook = Callable[[Any, Any], Any]
    AnyInterface = type[Interface] | Any

__all__ = [
    "ALLOW_DUPLICATES",
    "Adapter",
    "CannotAdapt",
    "Componentized",
    "ReprableComponentized",
    "getAdapterFactory",
    "getRegistry",
    "globalRegistry",
    "proxyForInterface",
    "registerAdapter",
]

#: What an interface raises when it is called with an object that cannot be adapted.
CannotAdapt = TypeError

#: Whether an adapter may be registered where there is one; the later one then counts.
ALLOW_DUPLICATES = 0

globalRegistry = AdapterRegistry()

# zope.interface leaves it without annotations.
_implementedBy: Any = implementedBy


def _addHook(registry: Any) -> Hook:
    """
    Have interfaces look into a registry when they are called.

    Returns: what `_removeHook` wants.
    """
    hook: Hook = registry.adapter_hook
    _interface.adapter_hooks.append(hook)
    return hook


def _removeHook(hook: Hook) -> None:
    """
    Undo `_addHook`.
    """
    _interface.adapter_hooks.remove(hook)


_addHook(globalRegistry)


def getRegistry() -> Any:
    """
    Give the registry that `registerAdapter` writes to.
    """
    return globalRegistry


def _asSpecification(thing: Any) -> Any:
    return thing if isinstance(thing, _interface.InterfaceClass) else _implementedBy(thing)


def registerAdapter(
    adapterFactory: Callable[[Any], Any], origInterface: Any, *interfaceClasses: Any
) -> None:
    """
    Say how objects are adapted.

    Args:
        adapterFactory: called with an object, gives what provides the interfaces.
        origInterface: the class, or the interface, of the objects.
        interfaceClasses: the interfaces, at least one.
    Raises: ValueError if there is an adapter for this already (see `ALLOW_DUPLICATES`).
    """
    if not interfaceClasses:
        raise AssertionError("You need to pass an Interface")
    required = _asSpecification(origInterface)
    for provided in interfaceClasses:
        present = globalRegistry.registered([required], provided)
        if present is not None and not ALLOW_DUPLICATES:
            raise ValueError(f"an adapter ({present}) was already registered.")
    for provided in interfaceClasses:
        globalRegistry.register([required], provided, "", adapterFactory)


def getAdapterFactory(fromInterface: Any, toInterface: Any, default: Any) -> Any:
    """
    Give what makes the adapters from a class or interface to an interface, or the default.
    """
    registry: Any = globalRegistry
    return registry.lookup1(_asSpecification(fromInterface), toInterface, "", default)


class Adapter:
    """
    A base for adapters: keeps the object that is adapted, and lets it adapt further.

    Attributes:
        temporaryAdapter: whether a `Componentized` makes a new one for each use.
        multiComponent: whether a `Componentized` keeps one for all the interfaces that it
            provides, instead of one for each.
    """

    temporaryAdapter = 0
    multiComponent = 1

    def __init__(self, original: Any) -> None:
        self.original = original

    def __conform__(self, interface: Any) -> Any:
        conform = getattr(self.original, "__conform__", None)
        return None if conform is None else conform(interface)

    def isuper(self, iface: Any, adapter: Any) -> Any:
        """Forward the question to the original object."""
        return self.original.isuper(iface, adapter)


class Componentized:
    """
    An object that keeps a component for each interface: given to it, or adapted once.
    """

    persistenceVersion = 1

    def __init__(self) -> None:
        # By the interfaces' names: names can be pickled, whatever module has the interface.
        self._adapterCache: dict[str, Any] = {}

    def locateAdapterClass(self, klass: type, interfaceClass: Any, default: Any) -> Any:
        """Give what adapts instances of a class to an interface, or the default."""
        return getAdapterFactory(klass, interfaceClass, default)

    def setAdapter(self, interfaceClass: Any, adapterClass: Callable[[Any], Any]) -> None:
        """Adapt this object now, and keep the adapter for an interface."""
        self.setComponent(interfaceClass, adapterClass(self))

    def addAdapter(self, adapterClass: Callable[[Any], Any], ignoreClass: int = 0) -> None:
        """Adapt this object now, and keep the adapter as `addComponent` does."""
        self.addComponent(adapterClass(self), ignoreClass)

    def setComponent(self, interfaceClass: Any, component: Any) -> None:
        """Keep a component for an interface, in place of one that was there."""
        self._adapterCache[qual(interfaceClass)] = component

    def addComponent(self, component: Any, ignoreClass: int = 0) -> None:
        """
        Keep a component for those of its interfaces which its class was registered for.

        Args:
            component: the component.
            ignoreClass: whether to keep it for all the interfaces that it provides.
        """
        for iface in providedBy(component):
            made = self.locateAdapterClass(self.__class__, iface, None)
            if ignoreClass or made == component.__class__:
                self.setComponent(iface, component)

    def unsetComponent(self, interfaceClass: Any) -> None:
        """Forget the component for an interface. KeyError if there is none."""
        del self._adapterCache[qual(interfaceClass)]

    def removeComponent(self, component: Any) -> list[Any]:
        """Forget a component, and give the interfaces that it was kept for."""
        names = [name for name, kept in self._adapterCache.items() if kept is component]
        for name in names:
            del self._adapterCache[name]
        return [namedAny(name) for name in names]

    def getComponent(self, interface: Any, default: Any = None) -> Any:
        """
        Give the component for an interface: the kept one, or an adapter made now.

        Returns: the default where there is no adapter.
        """
        name = qual(interface)
        if name in self._adapterCache:
            return self._adapterCache[name]
        adapter = interface.__adapt__(self)
        if adapter is None:
            return default
        if not getattr(adapter, "temporaryAdapter", None):
            self._adapterCache[name] = adapter
            if getattr(adapter, "multiComponent", None):
                self.addComponent(adapter)
        return adapter

    def __conform__(self, interface: Any) -> Any:
        return self.getComponent(interface)


class ReprableComponentized(Componentized):
    """
    A `Componentized` whose ``repr`` shows what it keeps.
    """

    def __init__(self) -> None:
        Componentized.__init__(self)

    def __repr__(self) -> str:
        return safe_repr(self._adapterCache)


class _ProxyDescriptor:
    """
    An attribute that is found, set and deleted on another object.

    Args:
        attributeName: its name.
        originalAttribute: where the other object is.
    """

    def __init__(self, attributeName: str, originalAttribute: str) -> None:
        self.attributeName = attributeName
        self.originalAttribute = originalAttribute

    def __get__(self, oself: Any, type: type | None = None) -> Any:
        if oself is None:
            return self._unbound()
        return getattr(getattr(oself, self.originalAttribute), self.attributeName)

    def __set__(self, oself: Any, value: Any) -> None:
        setattr(getattr(oself, self.originalAttribute), self.attributeName, value)

    def __delete__(self, oself: Any) -> None:
        delattr(getattr(oself, self.originalAttribute), self.attributeName)

    def _unbound(self) -> Callable[..., Any]:
        # What a subclass calls to get at the method that it overrides.
        def forward(oself: Any, *args: Any, **kw: Any) -> Any:
            return self.__get__(oself)(*args, **kw)

        forward.__name__ = self.attributeName
        return forward


def proxyForInterface(iface: Any, originalAttribute: str = "original") -> type:
    """
    Make a class that forwards what is in an interface to another object.

    Subclasses may override some of it. Instances are made with that object.

    Args:
        iface: the interface, which the new class implements.
        originalAttribute: where instances keep the object.
    """

    def __init__(self: Any, original: Any) -> None:
        setattr(self, originalAttribute, original)

    namespace: dict[str, Any] = {"__init__": __init__}
    for name in iface:
        namespace[name] = _ProxyDescriptor(name, originalAttribute)
    proxy = type(f"(Proxy for {qual(iface)})", (object,), namespace)
    implementer(iface)(proxy)
    return proxy
