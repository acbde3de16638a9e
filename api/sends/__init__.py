"""The ledger of sends, suppressions, and what came back."""
