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
