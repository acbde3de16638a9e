"""Other ways to serve the same pages: by hand, the idiomatic way, and by PostGraphile."""
