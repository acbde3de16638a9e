"""Who gets no lead: people whose lead was closed as spam, and addresses or domains the workspace keeps on its exception list."""

from collections.abc import Iterable, Sequence
from typing import Any

from leadwell.base.identity import Email
from leadwell.base.sql import load
from leadwell.base.tx import Tx


async def excluded(tx: Tx, emails: Sequence[Email]) -> set[str]:
    """The match keys among these that are kept out. The list is the workspace's setting capture.exceptions."""
    if not emails:
        return set()
    keys = sorted({email.match_key for email in emails})
    settings: dict[str, Any] = await tx.value("SELECT w.settings FROM lw_workspace($1) w", tx.workspace) or {}
    listed = set(_listed(emails, settings.get("capture", {}).get("exceptions", ())))
    spam = await tx.fetch(load(__name__, "excluded"), tx.workspace, keys)
    return listed | {row["match_key"] for row in spam}


def _listed(emails: Iterable[Email], exceptions: Iterable[str]) -> Iterable[str]:
    names = {name.strip().lower() for name in exceptions}
    for email in emails if names else ():
        if names & {email.normalized, email.match_key, email.domain, f"@{email.domain}"}:
            yield email.match_key
