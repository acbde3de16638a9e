"""The API of broadcasts and of mail to one person."""
