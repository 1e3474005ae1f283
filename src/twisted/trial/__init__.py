"""
Trial: tests that may wait for Deferreds and coroutines, and what runs and reports them.

Tests derive from `twisted.trial.unittest.TestCase`, or from `SynchronousTestCase` where nothing
is waited for. The command ``trial`` runs them; ``python -m unittest`` and pytest do too.
"""
