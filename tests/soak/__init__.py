"""
A reactor under a thousand clients of every temper, for minutes: what leaks, shows.

    python -m tests.soak --seconds 600 --clients 1000

`servers` has the ports that are visited, `clients` what visitors do, `watch` what is looked at
meanwhile and in the end.
"""
