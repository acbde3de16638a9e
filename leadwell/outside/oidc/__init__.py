"""Identity providers over HTTP: discovery, keys and codes, through the one guarded way out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode

import orjson

from leadwell.access.oidc.port import Discovery, Redemption
from leadwell.access.oidc.refusals import ProviderSaidNo, ProviderSilent
from leadwell.outside.oidc.kept import Kept, Unread

if TYPE_CHECKING:
    import httpx

    from leadwell.outside.guard import Fetcher, Resolver

AGENT = "Leadwell/0.1 (sign-in)"
MOST_BYTES, SECONDS = 512 * 1024, 8.0
WELL_KNOWN = "/.well-known/openid-configuration"
MOST_ISSUERS, MOST_KEYS = 200, 100


class HttpIssuers:
    """The issuers of leadwell/access/oidc/port.py. `resolver` and `inner` stand in for the network in tests, `clock` for time."""

    def __init__(
        self, *, allow_loopback: bool = False, resolver: Resolver | None = None, inner: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loopback, self._resolver, self._inner, self._clock = allow_loopback, resolver, inner, clock
        self._fetcher: Fetcher | None = None
        self._documents: dict[str, Kept[Discovery]] = {}
        self._sets: dict[str, Kept[list[Mapping[str, Any]]]] = {}

    async def discover(self, issuer: str) -> Discovery:
        async def read() -> Discovery:
            return _discovery(issuer, await self._json(issuer.rstrip("/") + WELL_KNOWN))

        return await self._kept(self._documents, issuer, read).get()

    async def keys(self, issuer: str, kid: str | None) -> Sequence[Mapping[str, Any]]:
        async def read() -> list[Mapping[str, Any]]:
            return _keys(await self._json((await self.discover(issuer)).jwks_uri))

        known = self._kept(self._sets, issuer, read)
        found = _named(await known.get(), kid)
        if not found and kid is not None and known.worth_asking(kid):
            found = _named(await known.again(), kid)
            if not found:
                known.missing(kid)
        return found

    async def redeem(self, issuer: str, redemption: Redemption) -> str:
        found = await self.discover(issuer)
        form = {
            "grant_type": "authorization_code", "code": redemption.code, "redirect_uri": redemption.redirect_uri,
            "client_id": redemption.client_id, "code_verifier": redemption.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if redemption.secret and "client_secret_post" in found.methods and "client_secret_basic" not in found.methods:
            form["client_secret"] = redemption.secret
        elif redemption.secret:
            headers["Authorization"] = _basic(redemption.client_id, redemption.secret)
        said = await self._json(found.token_endpoint, headers, urlencode(form).encode(), issuer)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise ProviderSaidNo(why="it gave no ID token for the code.")
        return token

    def _kept(self, where: dict[str, Kept[Any]], issuer: str, read: Callable[[], Any]) -> Kept[Any]:
        if issuer not in where:
            if len(where) >= MOST_ISSUERS:
                where.clear()
            where[issuer] = Kept(issuer, read, self._clock)
        return where[issuer]

    async def _json(self, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None, issuer: str = "") -> dict[str, Any]:
        """An object. Unread for a document; for a code ProviderSilent, and ProviderSaidNo when the provider refuses it."""
        from leadwell.outside.guard import Asked, Fetcher, NotFetched
        from leadwell.outside.guard.client import resolve

        if self._fetcher is None:
            self._fetcher = Fetcher(agent=AGENT, resolver=self._resolver or resolve, inner=self._inner, allow_loopback=self._loopback)
        try:
            fetched = await self._fetcher.fetch(Asked(url, headers or {"Accept": "application/json"}, body, seconds=SECONDS, most_bytes=MOST_BYTES))
            said: Any = orjson.loads(fetched.body)
        except NotFetched as error:
            raise (ProviderSilent(issuer=issuer, why=error.reason) if body else Unread(error.reason)) from None
        except orjson.JSONDecodeError:
            raise (ProviderSilent(issuer=issuer, why="Its answer is no JSON.") if body else Unread("Its answer is no JSON.")) from None
        if isinstance(said, dict) and fetched.status == 200:
            return said  # pyright: ignore[reportUnknownVariableType]
        if body and fetched.status < 500:
            raise ProviderSaidNo(why=f"it refused the code ({_error(said)}).")
        raise ProviderSilent(issuer=issuer, why=f"It answered {fetched.status}.") if body else Unread(f"It answered {fetched.status}.")

    async def close(self) -> None:
        if self._fetcher is not None:
            await self._fetcher.close()


def _discovery(issuer: str, said: Mapping[str, Any]) -> Discovery:
    """A document speaks for the issuer it was asked of alone, and sends nobody over an open line (but on this machine, where the issuer is)."""
    if said.get("issuer") != issuer:
        raise Unread("Its discovery document is another issuer's.")
    safe = ("https://", "http://") if issuer.startswith("http://") else ("https://",)
    found = {name: said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    for name, url in found.items():
        if not isinstance(url, str) or not url.startswith(safe) or not url.isprintable() or not url.isascii():
            raise Unread(f"Its discovery document has no usable {name}.")
    methods: Any = said.get("token_endpoint_auth_methods_supported")
    return Discovery(
        issuer, **{name: str(url) for name, url in found.items()}, names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        methods=tuple(str(one) for one in methods) if isinstance(methods, list) else ())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _keys(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    keys = cast("list[Any]", said["keys"]) if isinstance(said.get("keys"), list) else []
    found = [cast("Mapping[str, Any]", key) for key in keys if isinstance(key, dict)][:MOST_KEYS]
    if not found:
        raise Unread("It shows no keys.")
    return found


def _named(keys: Sequence[Mapping[str, Any]], kid: str | None) -> list[Mapping[str, Any]]:
    """A token may leave the name out only where there is little to choose from."""
    return [key for key in keys if kid is None or key.get("kid") == kid][:10]


def _basic(client_id: str, secret: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{quote(client_id, safe='')}:{quote(secret, safe='')}".encode()).decode()


def _error(said: Any) -> str:
    """Its word for it, if it is one: what else it says may hold anything."""
    word: Any = said.get("error") if isinstance(said, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return word if isinstance(word, str) and word.replace("_", "").isalnum() and len(word) < 60 else "without a reason"
