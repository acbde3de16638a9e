"""PostgreSQL, Valkey and a mailbox for one machine, run by our own lifecycle code from wheels."""
