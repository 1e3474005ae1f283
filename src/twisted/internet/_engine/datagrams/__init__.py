"""Datagrams: UDP, its groups of hosts, and UNIX datagram sockets; a room for each."""
