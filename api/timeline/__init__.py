"""The timeline over GraphQL: everything a record has lived through."""
