"""The same as a plain program, to begin with: python server.py [PORT]"""

import sys

from shout import ShoutFactory

from twisted.internet import endpoints, reactor

port = sys.argv[1] if len(sys.argv) > 1 else "7700"
endpoint = endpoints.serverFromString(reactor, f"tcp:{port}:interface=127.0.0.1")
endpoint.listen(ShoutFactory()).addCallback(lambda p: print("listening on", p.getHost().port))
reactor.run()
