"""Ready sequences: put in, and copied."""
