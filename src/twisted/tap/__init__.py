"""
Services for ``twistd`` that stand in no package of their own: `ftp`, `socks` and `portforward`.

A site's file has them too, with more to choose from: see ``twist services``.
"""
