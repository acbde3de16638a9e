"""API keys, as administrators see and change them."""
