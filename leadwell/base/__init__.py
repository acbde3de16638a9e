"""What every room stands on: clocks, ids, refusals, settings, identity, transactions."""
