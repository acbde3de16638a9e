"""All that enrichment asks the world, behind one port; libraries are loaded with the first question of their kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadwell.enrichment.asking import Answer, Lookup, Question

if TYPE_CHECKING:
    import httpx

    from leadwell.outside.guard import Fetcher, Resolver
    from leadwell.outside.mx import Hosts

AGENT = "Leadwell/0.1 (reads what companies say about themselves)"


class Lookups:
    """One question to whoever its kind says. `resolver`, `inner` and `hosts` stand in for the network in tests."""

    def __init__(
        self, *, allow_loopback: bool = False, resolver: Resolver | None = None, inner: httpx.AsyncBaseTransport | None = None, hosts: Hosts | None = None,
    ) -> None:
        self._loopback, self._resolver, self._inner, self._hosts = allow_loopback, resolver, inner, hosts
        self._fetcher: Fetcher | None = None
        self._kinds: dict[str, Lookup] = {}

    async def look(self, question: Question) -> Answer:
        """Never raises: a fault of ours is a failed answer that says so."""
        try:
            if question.kind not in self._kinds:
                self._kinds[question.kind] = self._opened(question.kind)
            return await self._kinds[question.kind].look(question)
        except Exception as error:
            return Answer("FAILED", reason=f"{type(error).__name__}: {error}"[:300], ours=False)

    def _opened(self, kind: str) -> Lookup:
        if kind == "MX":
            from leadwell.outside.mx import MailServers, mail_hosts

            return MailServers(self._hosts or mail_hosts)
        from leadwell.outside.enrich_http import JsonApi
        from leadwell.outside.guard import Fetcher
        from leadwell.outside.guard.client import resolve
        from leadwell.outside.website import Website

        if self._fetcher is None:
            self._fetcher = Fetcher(agent=AGENT, resolver=self._resolver or resolve, inner=self._inner, allow_loopback=self._loopback)
        return Website(self._fetcher) if kind == "WEBSITE" else JsonApi(self._fetcher)

    async def close(self) -> None:
        if self._fetcher is not None:
            await self._fetcher.close()
