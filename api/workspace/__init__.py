"""The workspace itself: who looks at it, its users' way in, and its keys."""
