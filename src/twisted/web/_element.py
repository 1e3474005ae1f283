"""Elements: parts of a page with a template, and methods that fill it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from zope.interface import implementer

from twisted.web.error import MissingRenderMethod, MissingTemplateLoader, UnexposedMethodError
from twisted.web.iweb import IRenderable

if TYPE_CHECKING:
    from twisted.web._flatten import Flattenable
    from twisted.web.iweb import IRequest, ITemplateLoader

__all__ = ["Element", "Expose", "UnexposedMethodError", "renderer"]

_F = TypeVar("_F", bound=Callable[..., Any])

_raise: Any = object()


class Expose:
    """
    Marks methods that may be called by a name from outside, and finds them.

    Calling it marks methods. A method knows who marked it by its attribute ``exposedThrough``.
    """

    def __call__(self, f: _F, /, *funcObjs: Callable[..., object]) -> _F:
        """
        Mark methods; also a decorator.

        Returns: the first of them.
        """
        for each in (f, *funcObjs):
            markers = getattr(each, "exposedThrough", None)
            if markers is None:
                each.exposedThrough = [self]  # type: ignore[attr-defined]  # set on functions
            else:
                markers.append(self)
        return f

    def get(self, instance: object, methodName: str, default: Any = _raise) -> Any:
        """
        Find a method that was marked.

        Args:
            instance: whose.
            methodName: its name.
            default: to be returned where there is none.
        Returns: the method.
        Raises: UnexposedMethodError if there is none and no default.
        """
        method = getattr(instance, methodName, None)
        if self in getattr(method, "exposedThrough", ()):
            return method
        if default is _raise:
            raise UnexposedMethodError(self, methodName)
        return default


#: Decorates the methods of an `Element` that its template may name.
renderer = Expose()


@implementer(IRenderable)
class Element:
    """
    A part of a page: a template, and the methods that it names.

    Subclass it, give it a `loader`, and write a method for each ``t:render`` of the template::

        class Greeting(Element):
            loader = XMLString(
                '<p xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1">'
                'Hello, <b t:render="name"/>!</p>'
            )

            @renderer
            def name(self, request, tag):
                return tag("world")

    Attributes:
        loader: where the template comes from.
    """

    loader: ITemplateLoader | None = None

    def __init__(self, loader: ITemplateLoader | None = None) -> None:
        if loader is not None:
            self.loader = loader

    def lookupRenderMethod(self, name: str) -> Callable[[IRequest | None, Any], Flattenable]:
        """
        Args: name: of a method that is marked as `renderer`.
        Returns: the method.
        Raises: MissingRenderMethod.
        """
        method = renderer.get(self, name, None)
        if method is None:
            raise MissingRenderMethod(self, name)
        return method  # type: ignore[no-any-return]  # found by its name

    def render(self, request: IRequest | None) -> Flattenable:
        """
        Returns: the template.
        Raises: MissingTemplateLoader.
        """
        if self.loader is None:
            raise MissingTemplateLoader(self)
        return self.loader.load()
