"""What to make next: objectives, acquisition, suggestions, inverse design, screening."""
