"""
One site with everything that is live: pages by HTTP/2 and compressed, a chat by WebSocket, and an
application by ASGI.

Try it: python examples/weblive/server.py tcp:8080, and open http://127.0.0.1:8080/ in a browser.
With TLS it speaks HTTP/2, too: describe it as ssl:8443:privateKey=key.pem:certKey=cert.pem.
"""

import sys

from application import application
from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.web.asgi import ASGIResource
from twisted.web.coding import ContentEncoderFactory
from twisted.web.limits import Limits
from twisted.web.resource import EncodingResourceWrapper, Resource
from twisted.web.server import Site
from twisted.web.websocket import WebSocketResource

PAGE = b"""<!doctype html>
<meta charset="utf-8"><title>Chat</title>
<ul id="said"></ul><input id="say" placeholder="Say something" autofocus>
<script>
const socket = new WebSocket(location.origin.replace("http", "ws") + "/chat");
const say = document.getElementById("say");
socket.onmessage = event => {
  const line = document.createElement("li");
  line.textContent = event.data;
  document.getElementById("said").append(line);
};
say.onchange = () => { socket.send(say.value); say.value = ""; };
</script>
"""


class Page(Resource):
    def render_GET(self, request):
        return PAGE

    def render_POST(self, request):
        return b"%d bytes\n" % len(request.content.read())


class Guest:
    """One WebSocket of the chat."""

    def __init__(self, guests):
        self.guests = guests

    def negotiationStarted(self, transport):
        self.transport = transport

    def negotiationFinished(self):
        self.guests.add(self)
        self.transport.sendTextMessage(f"You are one of {len(self.guests)} here.")

    def textMessageReceived(self, message):
        for guest in self.guests:
            guest.transport.sendTextMessage(message)

    def bytesMessageReceived(self, data):
        self.transport.loseConnection(1003)

    def pongReceived(self, payload):
        pass

    def connectionLost(self, reason):
        self.guests.discard(self)


class Chat:
    """Makes a `Guest` of each WebSocket."""

    def __init__(self):
        self.guests = set()

    def buildProtocol(self, request):
        return Guest(self.guests)


root = Resource()
root.putChild(b"", EncodingResourceWrapper(Page(), [ContentEncoderFactory()]))
root.putChild(b"chat", WebSocketResource(Chat()))
root.putChild(b"app", ASGIResource(application))


def announce(port):
    print("listening on port", port.getHost().port, flush=True)


description = sys.argv[1] if len(sys.argv) > 1 else "tcp:8080"
site = Site(root, limits=Limits(bodyBytes=10_000_000))
serverFromString(reactor, description + ":interface=127.0.0.1").listen(site).addCallback(announce)
reactor.run()
