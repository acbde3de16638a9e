"""Tables and their contract: columns, relations as plain ids, and what of each field is public."""
