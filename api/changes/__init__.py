"""Changes of many records at once, over the API."""
