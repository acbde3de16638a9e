"""Doors for time: arq doorbells that drain the job plane."""
