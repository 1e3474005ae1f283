"""
A UDP echo server: each datagram goes back to whoever sent it.

Try it: python examples/udpechoserver.py 7000, and udpechoclient.py 7000 in another window.
"""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import DatagramProtocol


class Echo(DatagramProtocol):
    def datagramReceived(self, datagram, addr):
        self.transport.write(datagram, addr)


portNumber = int(sys.argv[1]) if len(sys.argv) > 1 else 7000
port = reactor.listenUDP(portNumber, Echo(), interface="127.0.0.1")
print("listening on port", port.getHost().port, flush=True)
reactor.run()
