"""What this is, in words that a program can print."""

from __future__ import annotations

import twisted
from twisted import copyright


def test_theVersionIsThatOfTheApi() -> None:
    assert copyright.version == twisted.__version__
    assert twisted.torsion_version in copyright.longversion


def test_itSaysWhatItIs() -> None:
    assert copyright.copyright.startswith("Torsion ")
    assert "independent implementation" in copyright.copyright
    assert "warranty" in copyright.disclaimer
