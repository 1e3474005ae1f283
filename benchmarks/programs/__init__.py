"""Programs that are measured. Each is run by its path, in whichever interpreter is measured."""
