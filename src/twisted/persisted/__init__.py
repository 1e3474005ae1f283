"""Objects that are written to files and read back."""
