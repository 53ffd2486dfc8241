"""What can be predicted or suggested: its fields, its nouns, and many candidates as columns."""
