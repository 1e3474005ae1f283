"""
The command ``twist``: runs services from a configuration file or from the command line.

Rooms: `cli` (the command and its sub-commands), `parser` (flags), `tables` (what is printed),
`hints` (how to try an address), `logs` (where the log goes) and `running` (a site under a reactor).
"""
