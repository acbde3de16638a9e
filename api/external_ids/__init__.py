"""Records by what other systems call them."""
