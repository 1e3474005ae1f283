"""XML-RPC. `marshal` reads what came; `server` and `client` are the two sides."""
