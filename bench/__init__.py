"""The measurements behind every number of the README; each compares with a peer or limit in the same run."""
