"""The API of nurture: sequences, who is in them, the ledger of mail."""
