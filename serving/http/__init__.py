"""What every resource of the service shares: errors, limits, keys, settings, models in service."""
