"""The adapter of the port to vendors of lead ads: Meta's Graph API and LinkedIn's Lead Sync API."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import orjson

from leadwell.base.refusals import Refusal
from leadwell.capture import Feed, VendorAway, VendorRefused

if TYPE_CHECKING:
    from httpx import AsyncClient, Response

    from leadwell.outside.guard import Resolver

TOTAL_S, MOST_BYTES = 15.0, 256 * 1024
LINKEDIN_VERSION = "202605"   # LinkedIn takes a version for a year
ASKED = "id,created_time,ad_id,form_id,campaign_name,platform,field_data"
# Without the form nobody knows what a question was: answers hold numbers alone. As written: the API takes brackets and commas literally.
FIELDS = "id,leadType,submittedAt,testLead,versionedLeadGenFormUrn,leadMetadataInfo,formResponse,form:(hiddenFields,creationLocale,name,id,content)"
PASSING = (1, 2, 4, 17, 32, 341, 613)   # Meta's codes for "busy" and "too many calls"
NAMES = {"META": "Meta", "LINKEDIN": "LinkedIn"}


class VendorAds:
    """Its client is made, and httpx imported, with the first lead that is fetched. The token travels in a header, never in an address."""

    def __init__(
        self, *, meta: str = "https://graph.facebook.com", linkedin: str = "https://api.linkedin.com", allow_loopback: bool = False,
        resolver: Resolver | None = None,
    ) -> None:
        self._meta, self._linkedin, self._loopback, self._resolver = meta, linkedin, allow_loopback, resolver
        self._client: AsyncClient | None = None

    async def fetch(self, feed: Feed, id: str) -> Mapping[str, Any]:
        """The lead as its vendor gives it. VendorAway, VendorRefused."""
        import httpx

        token = (feed.token or b"").decode()
        url, params, headers = self._meta_request(feed, id, token) if feed.kind == "META" else self._linkedin_request(id)
        try:
            async with asyncio.timeout(TOTAL_S):
                response = await self._opened().get(url, params=params or None, headers={**headers, "authorization": f"Bearer {token}"})
        except Refusal as refusal:
            raise VendorAway(vendor=NAMES[feed.kind], why=refusal.message) from refusal
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise VendorAway(vendor=NAMES[feed.kind], why=f"{type(error).__name__}: {error}"[:300]) from error
        return _read(NAMES[feed.kind], response)

    def _meta_request(self, feed: Feed, id: str, token: str) -> tuple[str, dict[str, str], dict[str, str]]:
        """Without a version in the address Meta answers in the oldest one that the app may use. The proof shows that the token is the app's own."""
        proof = hmac.new(feed.secret or b"", token.encode(), hashlib.sha256).hexdigest()
        return f"{self._meta}/{quote(id, safe='')}", {"fields": ASKED, "appsecret_proof": proof}, {}

    def _linkedin_request(self, id: str) -> tuple[str, dict[str, str], dict[str, str]]:
        headers = {"linkedin-version": LINKEDIN_VERSION, "x-restli-protocol-version": "2.0.0"}
        return f"{self._linkedin}/rest/leadFormResponses/{quote(id, safe='')}?fields={FIELDS}", {}, headers

    def _opened(self) -> AsyncClient:
        from leadwell.outside.guard import GuardedTransport, guarded_client
        from leadwell.outside.guard.client import resolve

        if self._client is None:
            transport = GuardedTransport(allow_loopback=self._loopback, resolver=self._resolver or resolve, most_bytes=MOST_BYTES)
            self._client = guarded_client(transport, TOTAL_S)
        return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()


def _read(vendor: str, response: Response) -> Mapping[str, Any]:
    try:
        body: Any = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = None
    told = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    if response.status_code == 200 and told and "error" not in told:
        return told
    fault = told.get("error")
    error = cast("dict[str, Any]", fault) if isinstance(fault, dict) else told
    why = f"{response.status_code} {str(error.get('message') or '')[:300]}".strip().rstrip(".")
    if response.status_code >= 500 or response.status_code == 429 or error.get("code") in PASSING:
        seconds = response.headers.get("retry-after", "")
        raise VendorAway(vendor=vendor, why=why, seconds=int(seconds) if seconds.isdigit() else None)
    raise VendorRefused(vendor=vendor, why=why)
