"""Tests of the protocol, without a network: trial test_shout"""

from shout import ShoutFactory

from twisted.internet.testing import StringTransport
from twisted.trial import unittest


class ShoutTests(unittest.TestCase):
    def setUp(self):
        self.factory = ShoutFactory("Hi.")
        self.protocol = self.factory.buildProtocol(None)
        self.transport = StringTransport()
        self.protocol.makeConnection(self.transport)

    def test_itGreets(self):
        self.assertEqual(self.transport.value(), b"Hi.\r\n")

    def test_itAnswersInCapitals(self):
        self.transport.clear()
        self.protocol.dataReceived(b"straight on\r\nund wei\xc3\x9f\r\n")
        self.assertEqual(self.transport.value(), b"STRAIGHT ON\r\nUND WEISS\r\n")

    def test_aLineWithoutEndIsCutOff(self):
        self.protocol.dataReceived(b"x" * 5000)
        self.assertTrue(self.transport.disconnecting)

    def test_itCountsWhoIsThere(self):
        self.assertEqual(self.factory.open, 1)
        self.protocol.connectionLost()
        self.assertEqual(self.factory.open, 0)
