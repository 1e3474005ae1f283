"""
A running site in somebody's hands: what can be asked of it, and the socket to ask at.

`operations.Operations` is the one list of what can be asked. `server` puts it on a UNIX socket, in
AMP; `client` asks there. Other surfaces hand on the same class.
"""
