"""
A site at work: services that listen, the connections that they hold, and how all that ends.
"""
