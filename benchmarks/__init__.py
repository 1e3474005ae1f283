"""
Torsion side by side with genuine Twisted, asyncio on uvloop, and a server in C.

``python -m benchmarks`` measures; `README.md` says what and how.
"""
