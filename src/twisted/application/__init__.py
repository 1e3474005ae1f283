"""Services, configuration and the programs that run them."""
