"""When mail may leave and how much of it: windows, limits, rules, and what waits."""
