"""Imports: files on their way in, as whoever brings them sees them."""
