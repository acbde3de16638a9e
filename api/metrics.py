"""Counters of this process, in Prometheus' terms."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUESTS = Histogram("leadwell_http_request_seconds", "HTTP requests by door and status.", ["door", "status"], buckets=SECONDS)
FAULTS = Counter("leadwell_http_faults", "Requests that failed through a fault of ours.")
SUBSCRIBERS = Gauge("leadwell_live_subscriptions", "Subscriptions open now.")
