"""The event engine and all that touches the operating system."""
