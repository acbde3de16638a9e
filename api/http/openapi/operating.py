"""Sessions, health, and where GraphQL is."""

from api.http.openapi.operation import JSON, Operation, Taken, bytes_of, json, ref

OPERATING = (
    Operation(
        "POST", "/auth/sign-in", "access", "Sign in with a password", {200: ("A cookie, or with `bearer` the token.", json(ref("Session")))}, "signIn", "",
        Taken({JSON: ref("SignIn")}, {"email": "{email}", "password": "{password}", "bearer": True})),
    Operation("POST", "/auth/sign-out", "access", "End the session", {204: ("It has ended, or there was none.", {})}, "signOut", by=("bearer", "session")),
    Operation("GET", "/live", "operation", "Whether the process turns", {200: ("It does.", json(ref("Live")))}, "live"),
    Operation(
        "GET", "/ready", "operation", "Whether it can serve", {200: ("It can.", json(ref("Ready"))), 503: ("It cannot, and why.", json(ref("Ready")))},
        "ready"),
    Operation(
        "GET", "/metrics", "operation", "Prometheus text", {200: ("The numbers.", bytes_of("text/plain"))}, "metrics",
        "Of the whole installation: the bearer is LEADWELL_METRICS_TOKEN, which production needs, never the key of a workspace.", by=("operator",)),
    Operation("GET", "/openapi.json", "operation", "This description", {200: ("OpenAPI 3.1.", json({"type": "object"}))}, "describe"),
    Operation(
        "POST", "/graphql", "graphql", "A query or mutation", {200: ("The answer; `errors` tell what was refused.", json(ref("Answer")))}, "graphql",
        "The schema is schema.graphql. Subscriptions: WebSocket (graphql-transport-ws), or Accept: text/event-stream.",
        Taken({JSON: ref("Operation")}, {"query": "query Who { viewer { name } }"}), {"header:Idempotency-Key": "For all mutations of the document."},
        ("bearer", "session")),
    Operation(
        "GET", "/graphql", "graphql", "A query, in development only", {200: ("The answer.", json(ref("Answer")))}, "graphqlByGet",
        names={"query:query": "The document."},
        by=("bearer", "session")),
)  # fmt: skip
