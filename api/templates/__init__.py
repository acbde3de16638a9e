"""The API of mail templates."""
