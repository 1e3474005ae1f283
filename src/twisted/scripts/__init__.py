"""
What the commands run.
"""
