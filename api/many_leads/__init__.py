"""Many leads in one request, over the API."""
