"""How the documentation is built: ``make docs``."""

project = "Torsion"
author = "The Torsion developers"
copyright = "2026, The Torsion developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Torsion"
autodoc_typehints = "description"
myst_enable_extensions = ["deflist"]


def _writeReference() -> None:
    """The reference of keys is made from what the service types declare."""
    from pathlib import Path

    from twisted.application._config.catalogue import allTypes
    from twisted.application._config.reference import referencePage

    page = Path(__file__).parent / "_build" / "configuration.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text(referencePage(allTypes()), encoding="utf-8")


_writeReference()
