"""Activities over GraphQL: what is logged by hand."""
