"""
For authors of service types: declare options once, and have them everywhere.

A service type is a frozen dataclass of settings, and a plugin that names it. In ``mine.py``::

    @dataclass(frozen=True)
    class GreeterSettings(Listening):
        greeting: str = option(help="What to say first.", default="Hello")

        def makeFactory(self):
            return GreeterFactory(self.greeting)

and in ``twisted/plugins/mine_services.py``, anywhere on Python's path::

    greeter = ServiceType("greeter", "mine.GreeterSettings", "Greets whoever connects.")

From then on ``twist services`` lists it, ``twist greeter --listen 7000 --greeting Hi`` runs it,
and a file may say ``type = "greeter"``.

A service that does not listen derives from nothing and has a method ``makeService(reactor)``
that returns an `twisted.application.service.IService`; if its ``startService`` returns a
Deferred, the site counts it as started when that fires.
"""

from __future__ import annotations

from twisted._faces import handOn

from ._config.addresses import Listen as Listen
from ._config.catalogue import IServiceType as IServiceType
from ._config.catalogue import ServiceType as ServiceType
from ._config.catalogue import serviceTypes as serviceTypes
from ._config.kinds import Choice as Choice
from ._config.kinds import FilePath as FilePath
from ._config.kinds import Kind as Kind
from ._config.kinds import ListOf as ListOf
from ._config.kinds import Number as Number
from ._config.kinds import SecretText as SecretText
from ._config.kinds import Text as Text
from ._config.kinds import Whole as Whole
from ._config.kinds import YesNo as YesNo
from ._config.listens import Listens as Listens
from ._config.logins import Cred as Cred
from ._config.logins import CredTable as CredTable
from ._config.nesting import Inner as Inner
from ._config.nesting import MapOf as MapOf
from ._config.nesting import Nested as Nested
from ._config.options import WrongOption as WrongOption
from ._config.options import option as option
from ._config.secrets import Secret as Secret
from ._config.tables import TableOf as TableOf
from ._site.ending import IEndingService as IEndingService
from ._site.listening import CannotStart as CannotStart
from ._site.listening import Listening as Listening
from ._site.listening import ListeningService as ListeningService

__all__ = [
    "CannotStart",
    "Choice",
    "Cred",
    "CredTable",
    "FilePath",
    "IEndingService",
    "IServiceType",
    "Inner",
    "Kind",
    "ListOf",
    "Listen",
    "Listening",
    "ListeningService",
    "Listens",
    "MapOf",
    "Nested",
    "Number",
    "Secret",
    "SecretText",
    "ServiceType",
    "TableOf",
    "Text",
    "Whole",
    "WrongOption",
    "YesNo",
    "option",
    "serviceTypes",
]

# Not the interfaces: each is known by its module, and must keep it.
handOn(
    __name__,
    CannotStart,
    Choice,
    Cred,
    CredTable,
    FilePath,
    Inner,
    Kind,
    ListOf,
    Listen,
    Listening,
    ListeningService,
    Listens,
    MapOf,
    Nested,
    Number,
    Secret,
    SecretText,
    ServiceType,
    TableOf,
    Text,
    Whole,
    WrongOption,
    YesNo,
    option,
    serviceTypes,
)
