"""Operating-system facts, files, errors and other tools that need no event loop."""
