"""HTTP: servers, clients, and what is between a request and a page."""
