"""What the one who asks should see."""
