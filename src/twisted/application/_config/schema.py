"""
The JSON Schema of configuration files, for editors that complete and check while one types.

It is draft 7, which the editors' TOML extensions read. It says less than ``twist check``: it knows
keys, kinds of values and bounds, and not whether a file is there or a port is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .logins import CredTable
from .nesting import fittingTypes
from .options import describe, tableSchema
from .plans import ServiceSettings, SiteSettings

__all__ = ["siteSchema"]


def siteSchema(types: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe a configuration file.

    Args:
        types: the service types to choose from, by name. One that cannot be loaded is left out.
    """
    definitions: dict[str, Any] = {
        "reference": {
            "type": "string",
            "pattern": r"\$\{",
            "description": 'A reference such as "${NAME}" or "${file:PATH}".',
        },
        "cred": tableSchema(CredTable),
    }
    services, inner = [], []
    shared = tableSchema(ServiceSettings)["properties"]
    for name, each in types.items():
        try:
            settings = each.settings
            describe(settings)
        except Exception:
            continue
        kind = {"const": name, "description": each.description}
        definitions[f"service-{name}"] = tableSchema(settings, {"type": kind, **shared})
        services.append({"$ref": f"#/definitions/service-{name}"})
    for name, each in fittingTypes().items():
        if name in types:
            kind = {"const": name, "description": each.description}
            definitions[f"inner-{name}"] = tableSchema(each.settings, {"type": kind}, ["listen"])
            inner.append({"$ref": f"#/definitions/inner-{name}"})
    definitions["inner"] = {"oneOf": inner} if inner else {"type": "object"}
    text = {"type": "string"}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A site of services, for twist up",
        "type": "object",
        "properties": {
            "include": {
                "description": "Other files with more services: paths, or patterns of paths.",
                "anyOf": [text, {"type": "array", "items": text}],
            },
            "site": tableSchema(SiteSettings),
            "cred": _named("Tables of people who may log in.", {"$ref": "#/definitions/cred"}),
            "services": _named("The services.", {"oneOf": services} if services else {}),
        },
        "additionalProperties": False,
        "definitions": definitions,
    }


def _named(description: str, each: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "type": "object", "additionalProperties": each}
