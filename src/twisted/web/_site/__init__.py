"""
The service type ``web``: what its part of a file may say, and what serves requests as it says.
"""
