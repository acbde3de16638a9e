"""Vendors of lead ads in memory, for tests and for trying things out: they give leads in the shapes of the vendors' own documentation."""

from collections.abc import Mapping
from typing import Any

from leadwell.capture import Feed, VendorAway, VendorRefused


class FakeAds:
    """Gives what it holds for an id; `away` makes so many next calls fail for now. A feed whose token is not `token` is refused."""

    def __init__(self) -> None:
        self.token = b"token"
        self.leads: dict[str, Mapping[str, Any]] = {}
        self.asked: list[str] = []
        self.away = 0

    def put_meta(self, id: str, **answers: str) -> None:
        """A lead of Meta with these answers by their question."""
        told = [{"name": name, "values": [value]} for name, value in answers.items()]
        self.leads[id] = {"id": id, "created_time": "2026-08-21T01:26:24+0000", "campaign_name": "Autumn", "platform": "ig", "field_data": told}

    def put_linkedin(self, id: str, **answers: str) -> None:
        """A lead of LinkedIn with these answers by their predefined field."""
        told = [{"questionId": i, "answerDetails": {"textQuestionAnswer": {"answer": value}}} for i, value in enumerate(answers.values(), 1)]
        asked = [{"questionId": i, "predefinedField": name} for i, name in enumerate(answers, 1)]
        lead = {"id": id, "leadType": "SPONSORED", "submittedAt": 1724199984000, "formResponse": {"answers": told}}
        self.leads[id] = lead | {"form": {"content": {"questions": asked}}}

    async def fetch(self, feed: Feed, id: str) -> Mapping[str, Any]:
        self.asked.append(id)
        if self.away:
            self.away -= 1
            raise VendorAway(vendor="The fake", why="it was told to be away")
        if feed.token != self.token:
            raise VendorRefused(vendor="The fake", why="401 Invalid OAuth access token")
        if id not in self.leads:
            raise VendorRefused(vendor="The fake", why="404 There is no such lead")
        return self.leads[id]

    async def close(self) -> None:
        """Nothing is open."""
