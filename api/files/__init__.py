"""Files over GraphQL: announced here, sent and fetched at /files."""
