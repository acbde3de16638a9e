"""Reads a company's own web site: home page, about page and imprint, as its robots.txt allows."""

import asyncio
from urllib.parse import urlsplit

from protego import Protego

from leadwell.enrichment.asking import Answer, Question
from leadwell.outside.guard import Asked, Fetched, Fetcher, NotFetched
from leadwell.outside.website import organization
from leadwell.outside.website.page import Page, further, read, within

AGENT = "Leadwell"
MOST_PAGES, PAGE_BYTES, ROBOTS_BYTES = 3, 2_000_000, 300_000
PAGE_S, SITE_S, LONGEST_PAUSE_S = 10.0, 40.0, 5.0
MEDIA = ("text/html", "application/xhtml+xml", "")


class Website:
    """The lookup of kind WEBSITE: the key is a registrable domain."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def look(self, question: Question) -> Answer:
        """FOUND with what the site says; MISS when it says nothing, forbids robots or leads elsewhere; FAILED when it does not answer."""
        try:
            async with asyncio.timeout(SITE_S):
                return await self._site(question.key)
        except NotFetched as error:
            return Answer("FAILED", reason=error.reason, ours=False)
        except TimeoutError:
            return Answer("FAILED", reason=f"The site took more than {SITE_S:g} seconds.", ours=False)

    async def _site(self, domain: str) -> Answer:
        base, robots = await self._robots(domain)
        if robots is None or not robots.can_fetch(f"{base}/", AGENT):
            return Answer("MISS", reason="Its robots.txt keeps robots out.")
        home = await self._page(f"{base}/", domain)
        if isinstance(home, str):
            return Answer("MISS", reason=home)
        pages = [home, *await self._further(home, domain, robots)]
        nodes = [node for page in pages for node in page.nodes]
        links = list(dict.fromkeys(link for page in pages for link in page.links))
        found = organization.fold(nodes, links, domain)
        if not nodes and not found:
            return Answer("MISS", reason="It says nothing about its organization.")
        parts = urlsplit(home.url)
        values = organization.values(found, f"{parts.scheme}://{parts.netloc}")
        return Answer("FOUND", values=values, found={**found, "title": home.meta.get("title"), "pages": [page.url for page in pages]})

    async def _robots(self, domain: str) -> tuple[str, Protego | None]:
        """The address at which the site answers, and its rules; None when they cannot be known and nothing may be fetched."""
        last = NotFetched("It does not answer.")
        for base in (f"https://{domain}", f"https://www.{domain}", f"http://{domain}"):
            try:
                found = await self._get(f"{base}/robots.txt", domain, ROBOTS_BYTES)
            except NotFetched as error:
                last = error
                continue
            if found.status >= 500 or found.status == 429:
                return base, None
            rules = found.body.decode("utf-8", errors="replace") if found.status == 200 and found.media != "text/html" else ""
            return base, Protego.parse(rules)
        raise last

    async def _page(self, url: str, domain: str) -> Page | str:
        """A page, or why there is none."""
        found = await self._get(url, domain, PAGE_BYTES)
        if found.status != 200:
            return f"It answered {found.status}."
        if found.media not in MEDIA:
            return f"It is {found.media[:60]}, not a page."
        return await asyncio.to_thread(read, found.url, found.body, found.headers.get("content-type", ""))

    async def _further(self, home: Page, domain: str, robots: Protego) -> list[Page]:
        pause = robots.crawl_delay(AGENT) or 0.0
        pages: list[Page] = []
        for url in further(home, domain)[: MOST_PAGES - 1]:
            if pause > LONGEST_PAUSE_S or not robots.can_fetch(url, AGENT):
                continue
            await asyncio.sleep(pause)
            try:
                page = await self._page(url, domain)
            except NotFetched:
                continue
            pages += [] if isinstance(page, str) or page.url in {home.url, *(one.url for one in pages)} else [page]
        return pages

    async def _get(self, url: str, domain: str, most_bytes: int) -> Fetched:
        asked = Asked(url, {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"}, seconds=PAGE_S, most_bytes=most_bytes, cut=True)
        return await self._fetcher.fetch(asked, lambda here, there: within(here, there, domain))
