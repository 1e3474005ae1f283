"""
The reactor of the process.

Importing this module installs the default one, unless another was installed before. No other
module of the package does so when it is imported.
"""

from __future__ import annotations

import sys

# installReactor() puts the reactor in this module's place, here and on the package.
del sys.modules[__name__]

from . import default  # noqa: E402  (the module has to be gone before)

default.install()
