"""SIP: its messages, a proxy and a registrar, over UDP."""
