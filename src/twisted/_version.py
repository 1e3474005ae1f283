"""The two versions: the API level that other packages compare, and our own."""

apiVersion = "26.10.0"
"""The level of the public API that is provided."""

torsionVersion = "0.1.0"
"""The version of this distribution."""

__version__ = apiVersion
