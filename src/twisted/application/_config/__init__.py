"""
How services are configured: declared options, and the one file that sets them.

Rooms, from the bottom up: `mistakes` (what is said of a wrong file, and nearest names), `locate`
(which line a key stands on), `source` (a file's text and data), `kinds` (what a value may be),
`options` (a service type's declared options), `addresses`, `certificates` and `listens` (where to
listen), `catalogue` (which service types there are) and `site` (a whole file).
"""
