"""What schemathesis holds every answer to, and the notes from which fuzz.py counts."""

import json
import os
from typing import Any

import schemathesis

MASKED = {"INTERNAL"}
INSIDE = ("Traceback", "asyncpg", "File \"", "object has no attribute", "NoneType")


def problem(status: int, body: Any) -> str:
    """What is wrong with an answer; empty when nothing is."""
    if status >= 500:
        return f"status {status}"
    if not isinstance(body, dict):
        return "no JSON object"
    for error in body.get("errors", []):
        code = error.get("extensions", {}).get("code")
        if code is None or code in MASKED:
            return f"code {code}: {error.get('message')}"
        if any(word in error["message"] for word in INSIDE):
            return f"a message from inside: {error['message'][:200]}"
    return ""


@schemathesis.check
def told_by_us(_ctx: Any, response: Any, case: Any) -> None:
    try:
        body = json.loads(response.content)
    except ValueError:
        body = None
    found = problem(response.status_code, body)
    with open(os.environ["CASES"], "a") as file:
        file.write(json.dumps({"query": str(case.body), "data": isinstance(body, dict) and bool(body.get("data")), "problem": found}) + "\n")
    assert not found, found
