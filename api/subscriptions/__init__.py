"""What can be followed as it happens, from numbered events."""
