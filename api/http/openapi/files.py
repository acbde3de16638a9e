"""Files in and out."""

from api.http.openapi.operation import Operation, Taken, bytes_of, json, ref

BYTES = "application/octet-stream"

FILES = (
    Operation(
        "PUT", "/uploads", "files", "A file for an import, of any size, at once or piece by piece", {200: ("How much is here.", json(ref("Upload")))}, "upload",
        "Needs `imports:create`. The token goes into guessMapping and createImport.", Taken({BYTES: {}, "text/csv": {}}),
        {"query:name": "Its name, for a new one.", "query:upload": "The token of one that broke off.", "query:offset": "Bytes that are here already."},
        ("bearer", "session")),
    Operation(
        "GET", "/uploads", "files", "How much of an upload is here", {200: ("So much.", json(ref("Upload")))}, "readUpload",
        names={"query:upload!": "Its token."}, by=("bearer", "session")),
    Operation(
        "GET", "/exports/{token}", "files", "The file of an export", {200: ("CSV or JSON lines.", bytes_of("text/csv", "application/x-ndjson"))},
        "downloadExport",
        "The link is the permission, and runs out."),
    Operation(
        "PUT", "/files/{token}", "files", "An announced file", {201: ("Stored.", json(ref("StoredFile")))}, "sendFile",
        "The address comes from attachFile.", Taken({BYTES: {}})),
    Operation(
        "GET", "/files/{token}", "files", "An attached file", {200: ("Its bytes, as a download.", bytes_of("*/*"))}, "fetchFile",
        "The link is the permission, and runs out."),
    Operation("HEAD", "/files/{token}", "files", "Its size and type", {200: ("Headers alone.", {})}, "lookAtFile"),
    Operation(
        "GET", "/privacy/{token}", "files", "What is known about a person, for them", {200: ("A ZIP.", bytes_of("application/zip"))}, "downloadAccessExport"),
)  # fmt: skip
