"""Tags over GraphQL: putting them on records, taking them off, making two one."""
