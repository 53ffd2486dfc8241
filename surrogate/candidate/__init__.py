"""What can be predicted or suggested: the table of what can be said of it, and the ways into it and out of it."""
