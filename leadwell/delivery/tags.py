"""The tag every mail of ours carries: which send it is, signed, short enough for what stands behind the plus of an address."""

import base64
import binascii
import re
from collections.abc import Iterable
from uuid import UUID

from leadwell.base import secrets

PURPOSE = "mail-tag"
HEADER = "X-Leadwell-Send"
_MAC = 9
_FORM = re.compile(r"[a-z2-7]{40}")


def tag(workspace: UUID, send_id: UUID) -> str:
    """Forty letters and digits, in small letters because servers may change the case of an address."""
    mac = secrets.mark(PURPOSE, workspace.bytes + send_id.bytes, _MAC)
    return base64.b32encode(send_id.bytes + mac).decode().lower()


def read_tag(workspace: UUID, text: str) -> UUID | None:
    """The send a tag names; None when it was not made here for this workspace."""
    folded = text.strip().lower()
    if not _FORM.fullmatch(folded):
        return None
    try:
        raw = base64.b32decode(folded.upper())
    except binascii.Error:
        return None
    return UUID(bytes=raw[:16]) if secrets.marked(PURPOSE, workspace.bytes + raw[:16], raw[16:]) else None


def tagged(address: str, text: str) -> str:
    """The address with the tag behind a plus; the address alone where that would be longer than the 64 characters a mailbox's name may have."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{text}@{domain}" if len(local) + len(text) < 64 else address


def sends_named(workspace: UUID, texts: Iterable[str]) -> list[UUID]:
    """The sends whose tags stand in these texts, each an address or a bare tag."""
    found = (read_tag(workspace, one) for text in texts for one in _FORM.findall(text.lower()))
    return list(dict.fromkeys(id for id in found if id is not None))
