"""
Who may come in, and as whom.

A `portal.Portal` asks `checkers` whose `credentials` these are, and a realm for the object that
stands for that user.
"""
