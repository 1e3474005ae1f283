"""Where something is, how fast it moves, and how well that is known: from a GPS receiver."""
