"""Files of instruments over HTTP: read within bounds, and nothing of them stored."""
