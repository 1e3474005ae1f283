"""
The service types that come with the house: for each, its options and what serves a connection.
"""
