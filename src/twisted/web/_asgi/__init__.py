"""Applications by ASGI 3 as parts of a site."""
