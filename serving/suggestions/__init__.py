"""Suggestions and designs that belong to no campaign: requests and work."""
