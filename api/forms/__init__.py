"""Forms: made, changed, put away, and embedded in pages of others."""
