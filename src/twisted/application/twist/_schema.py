"""
``twist schema``: print the JSON Schema of configuration files.
"""

from __future__ import annotations

import argparse

from .commandtable import commands
from .parser import Parser

__all__ = ["run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    parser = Parser(
        prog="twist schema",
        description=f"{commands['schema'].help}\n\n"
        "Editors complete and check TOML by it. With Even Better TOML and other editors that use\n"
        "Taplo: twist schema > site.schema.json, and as the first line of the file:\n\n"
        "  #:schema ./site.schema.json",
    )
    parser.parse(words, argparse.Namespace())
    import json

    from twisted.application._config.catalogue import allTypes
    from twisted.application._config.schema import siteSchema

    print(json.dumps(siteSchema(allTypes()), indent=2))
    return 0
