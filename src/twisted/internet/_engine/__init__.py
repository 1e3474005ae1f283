"""The reactor: one asyncio loop behind every ``IReactor*`` interface."""
