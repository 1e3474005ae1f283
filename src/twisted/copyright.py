"""What this is, in words that a program can print."""

from __future__ import annotations

from twisted._version import apiVersion, torsionVersion

__all__ = ["copyright", "disclaimer", "longversion", "version"]

version = apiVersion
"""The level of the Twisted API that is provided, which is what programs compare."""

longversion = f"{apiVersion} (Torsion {torsionVersion})"
"""The level of the API, and what provides it."""

copyright = f"""\
Torsion {torsionVersion}: an independent implementation of the Twisted API, level {apiVersion}.
Copyright (c) the Torsion developers. See LICENSE for the terms.
Torsion is no product of the Twisted project, to which it owes the API."""
"""Whose work this is."""

disclaimer = """\
Torsion comes without warranty of any kind: nobody promises that it works, or that it is fit for
what you have in mind with it. The MIT license says so in full; see LICENSE."""
"""What nobody answers for."""
