"""The rooms of `twisted.protocols.ftp`: replies, commands, addresses, files, server and client."""
