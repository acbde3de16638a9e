"""Lists a workspace words for itself, over GraphQL: one set of mutations for each."""
