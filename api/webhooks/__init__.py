"""Webhook endpoints and their delivery log, as partners manage them."""
