"""The API of segments."""
