"""The job plane as operators see it: depths, and the dead letters with their replay."""
