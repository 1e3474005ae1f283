"""Child processes: how they start, how we talk with them, and how they are reaped."""
