"""Standard input and output as a transport: the two descriptors, and what joins them."""
