"""One module per resource; each offers a ``router``."""
