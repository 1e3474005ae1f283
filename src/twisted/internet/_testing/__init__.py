"""The rooms behind `twisted.internet.testing`: transports and reactors in memory."""
