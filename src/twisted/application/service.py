"""
Services: the parts of a long-running program that can be started and stopped by name.

A service is a leaf (`Service`) or a branch that starts, stops and names its children
(`MultiService`). An *application* is the root of such a tree together with what the operating
system should know of it (`Process`) and a way to save it; `Application` puts the three into one
componentized object, and each is reached by adapting to its interface.

Laws of the tree:
- A service has at most one parent, and a name only while it has none or before it gets one.
- Children start in the order in which they were added and stop in the reverse order.
- What joins a running parent is started; what leaves a running parent is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from zope.interface import Attribute, Interface, implementer

from twisted.plugin import IPlugin
from twisted.python.components import Componentized
from twisted.python.reflect import namedAny

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.python.components import Componentized as _Componentized

__all__ = [
    "Application",
    "IProcess",
    "IService",
    "IServiceCollection",
    "IServiceMaker",
    "MultiService",
    "Process",
    "Service",
    "ServiceMaker",
    "loadApplication",
]


class IService(Interface):
    """
    Something that can be started, stopped, and placed in a tree under a name.
    """

    name = Attribute("A str that is unique among the children of one parent, or None.")
    running = Attribute("True (or 1) from the start of `startService` to that of `stopService`.")
    parent = Attribute("The `IServiceCollection` that holds this service, or None.")

    def setName(name: str) -> None:
        """
        Give this service its name.

        Raises: RuntimeError if it has a parent, which may have noted the present name.
        """

    def setServiceParent(parent: object) -> None:
        """
        Leave the present parent, if there is one, and join another.

        Args:
            parent: an `IServiceCollection`, or what adapts to one, such as an application.
        Raises: RuntimeError if the parent has a child of that name.
        """

    def disownServiceParent() -> object:
        """
        Leave the parent.

        Returns: None, or a Deferred that fires when this service has stopped.
        """

    def startService() -> object:
        """
        Begin to work. Called when the reactor is about to run or is running already, after
        the process has given up its privileges.

        Returns: None, or a Deferred that fires when the service is ready for use. `MultiService`
            does not wait for it; ``twist`` does, and tells of its failure.
        """

    def stopService() -> object:
        """
        Stop working.

        Returns: None, or a Deferred that fires when nothing of the service is left at work.
        """

    def privilegedStartService() -> None:
        """
        Do what needs privileges, such as binding a low port. Called once, before
        `startService`, and before the process changes its user.
        """


class IServiceCollection(Interface):
    """
    Something that holds services: it starts them with itself and finds them by name.
    """

    def getServiceNamed(name: str) -> IService:
        """
        Raises: KeyError if no child has that name.
        """

    def __iter__() -> Iterator[IService]:
        """
        Go over the children in the order in which they were added.
        """

    def addService(service: IService) -> None:
        """
        Take a child; users call the child's `IService.setServiceParent`, which calls this.

        Raises: RuntimeError if there is a child of the same name.
        """

    def removeService(service: IService) -> object:
        """
        Let a child go; users call the child's `IService.disownServiceParent`, which calls this.

        Returns: None, or a Deferred that fires when the child has stopped.
        Raises: ValueError if it is no child of this collection.
        """


class IServiceMaker(Interface):
    """
    A plugin that makes a service from options of the command line.
    """

    tapname = Attribute("The sub-command's name, a str such as 'web'.")
    description = Attribute("One line, a str, for the list of sub-commands.")
    options = Attribute("A `twisted.python.usage.Options` subclass that reads the arguments.")

    def makeService(options: Any) -> IService:
        """
        Make the service.

        Args:
            options: an instance of this maker's `options`, which has read the arguments.
        """


class IProcess(Interface):
    """
    What an application asks of the operating system for its process.
    """

    processName = Attribute("The name to show in lists of processes, or None to leave it.")
    uid = Attribute("The number of the user to run as, or None to stay.")
    gid = Attribute("The number of the group to run as, or None to stay.")


@implementer(IService)
class Service:
    """
    A service that does nothing but keep its state: the base of other services.

    Overriders of `startService` and `stopService` call these methods too.
    """

    running: bool | int = 0
    name: str | None = None
    parent: IServiceCollection | None = None

    def __getstate__(self) -> dict[str, Any]:
        # A copy, or what is loaded from a file, has not been started.
        return {key: value for key, value in self.__dict__.items() if key != "running"}

    def setName(self, name: str) -> None:
        if self.parent is not None:
            raise RuntimeError(
                f"the service {self.name!r} has a parent and keeps its name; "
                f"name it {name!r} before setServiceParent, or disown the parent first"
            )
        self.name = name

    def setServiceParent(self, parent: object) -> None:
        if self.parent is not None:
            self.disownServiceParent()
        collection: IServiceCollection = IServiceCollection(parent, parent)
        self.parent = collection
        collection.addService(cast(IService, self))

    def disownServiceParent(self) -> object:
        parent = self.parent
        if parent is None:
            return None
        stopped = parent.removeService(cast(IService, self))
        self.parent = None
        return stopped

    def privilegedStartService(self) -> None:
        """Nothing in a plain service needs privileges."""

    def startService(self) -> object:
        self.running = 1
        return None

    def stopService(self) -> object:
        self.running = 0
        return None


@implementer(IServiceCollection)
class MultiService(Service):
    """
    A service that is made of other services, and starts and stops them with itself.
    """

    def __init__(self) -> None:
        self.services: list[IService] = []
        self.namedServices: dict[str, IService] = {}
        self.parent = None

    def privilegedStartService(self) -> None:
        Service.privilegedStartService(self)
        for child in self:
            child.privilegedStartService()

    def startService(self) -> object:
        Service.startService(self)
        for child in self:
            child.startService()
        return None

    def stopService(self) -> Deferred[Any]:
        """
        Stop all children, the last one first.

        Returns: a Deferred that fires when each has stopped or has failed to.
        """
        Service.stopService(self)
        # Here and below: a command that runs no service, such as twistd --version, is not to pay
        # for asyncio.
        from twisted.internet.defer import DeferredList, maybeDeferred

        return DeferredList([maybeDeferred(child.stopService) for child in reversed(self.services)])

    def getServiceNamed(self, name: str) -> IService:
        return self.namedServices[name]

    def __iter__(self) -> Iterator[IService]:
        return iter(self.services)

    def addService(self, service: IService) -> None:
        name = service.name
        if name is not None:
            if name in self.namedServices:
                raise RuntimeError(f"there is a service named {name!r} here already")
            self.namedServices[name] = service
        self.services.append(service)
        if self.running:
            # Too late for privileges, but whatever is done in that step must still be done.
            service.privilegedStartService()
            service.startService()

    def removeService(self, service: IService) -> object:
        if service.name is not None:
            del self.namedServices[service.name]
        self.services.remove(service)
        if not self.running:
            return None
        from twisted.internet.defer import maybeDeferred

        return maybeDeferred(service.stopService)


@implementer(IProcess)
class Process:
    """
    The user, group and name of an application's process.

    Args:
        uid: the number of the user to run as, or None to stay.
        gid: the number of the group to run as, or None to stay.
    """

    processName: str | None = None

    def __init__(self, uid: int | None = None, gid: int | None = None) -> None:
        self.uid = uid
        self.gid = gid


@implementer(IPlugin, IServiceMaker)
class ServiceMaker:
    """
    An `IServiceMaker` whose module is imported when it is first used, so that listing the
    sub-commands costs nothing.

    Args:
        name: what people call this kind of service.
        module: the dotted name of a module that has ``Options`` and ``makeService``.
        description: one line for the list of sub-commands.
        tapname: the sub-command's name.
    """

    def __init__(self, name: str, module: str, description: str, tapname: str) -> None:
        self.name = name
        self.module = module
        self.description = description
        self.tapname = tapname

    @property
    def options(self) -> Any:
        return namedAny(self.module).Options

    @property
    def makeService(self) -> Any:
        return namedAny(self.module).makeService


def Application(name: str, uid: int | None = None, gid: int | None = None) -> _Componentized:
    """
    Make the root of a program: what a .tac file calls ``application``.

    Args:
        name: the application's name, also the stem of the file that it is saved to.
        uid: the number of the user to run as, or None to stay.
        gid: the number of the group to run as, or None to stay.
    Returns: an object that adapts to `IService`, `IServiceCollection`, `IProcess` and
        `twisted.persisted.sob.IPersistable`.
    """
    from twisted.persisted.sob import Persistent

    root = MultiService()
    root.setName(name)
    application = Componentized()
    application.addComponent(root, ignoreClass=1)
    application.addComponent(Process(uid, gid), ignoreClass=1)
    application.addComponent(Persistent(application, name), ignoreClass=1)
    return application


def loadApplication(filename: str, kind: str, passphrase: None = None) -> Any:
    """
    Get an application from a file.

    Args:
        filename: where it stands.
        kind: "python" for a .tac file, which defines ``application``; "pickle" or "source" for
            one that was saved in that style.
        passphrase: kept for callers that still name it; encrypted files are no more.
    """
    from twisted.persisted.sob import load, loadValueFromFile

    if kind == "python":
        return loadValueFromFile(filename, "application")
    return load(filename, kind)
