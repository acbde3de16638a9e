"""An identity provider for tests: a small application with keys of its own, whose tokens can be made wrong in every way."""

import base64
import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from leadwell.outside.oidc import HttpIssuers

ISSUER, CLIENT, SECRET = "https://id.example.com", "leadwell-test", "s3cret/+ &"


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public(kid: str | None = "r1", **more: Any) -> dict[str, Any]:
    """The RSA key as a key set shows it."""
    shown = RSAAlgorithm.to_jwk(rsa_key().public_key(), as_dict=True) | ({"kid": kid} if kid else {})
    return {**shown, "use": "sig", **more}


def public_ec(kid: str = "e1") -> dict[str, Any]:
    return {**ECAlgorithm.to_jwk(ec_key().public_key(), as_dict=True), "kid": kid, "use": "sig"}


def pem() -> bytes:
    return rsa_key().public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def claims(nonce: str = "n", **more: Any) -> dict[str, Any]:
    """Good ones; None takes one out, and a timedelta stands for so much later than now."""
    now = int(time.time())
    said = {
        "iss": ISSUER, "sub": "u-1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
        "email": "ana@corp.example", "email_verified": True, "name": "Ana Silva", **more,
    }  # fmt: skip
    return {name: now + round(value.total_seconds()) if isinstance(value, timedelta) else value for name, value in said.items() if value is not None}


def signed(said: dict[str, Any], *, alg: str = "RS256", kid: str | None = "r1", headers: dict[str, Any] | None = None) -> str:
    key = ec_key() if alg.startswith("ES") else rsa_key()
    return jwt.encode(said, key, algorithm=alg, headers={**({"kid": kid} if kid else {}), **(headers or {})})


def forged(header: dict[str, Any], said: dict[str, Any], signature: bytes = b"") -> str:
    """A token put together by hand, as no library would."""
    import json

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    return ".".join((part(json.dumps(header).encode()), part(json.dumps(said).encode()), part(signature)))


class IdentityProvider:
    """`person`: who signs in there; `spoil` changes the claims, `made` the whole token. `asked` lists the paths that were asked for."""

    def __init__(self, issuer: str = ISSUER) -> None:
        self.issuer = issuer
        self.keys: list[dict[str, Any]] = [public(), public_ec()]
        self.person: dict[str, Any] = {}
        self.made: Callable[[dict[str, Any]], str] = signed
        self.down: set[str] = set()
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.more: dict[str, Any] = {}
        self.clock = [1000.0]
        self.app = Starlette(routes=[
            Route("/.well-known/openid-configuration", self.discovery), Route("/keys", self.key_set),
            Route("/authorize", self.authorize), Route("/token", self.token, methods=["POST"]),
        ])  # fmt: skip

    def issuers(self) -> HttpIssuers:
        """What the product asks it by, with a clock that tests move."""
        return HttpIssuers(resolver=_public, inner=_Reached(self), clock=lambda: self.clock[0])

    async def discovery(self, request: Request) -> Response:
        at = {name: f"{self.issuer}/{path}" for name, path in (("authorization_endpoint", "authorize"), ("token_endpoint", "token"), ("jwks_uri", "keys"))}
        return JSONResponse({"issuer": self.issuer, **at, **self.more})

    async def key_set(self, request: Request) -> Response:
        return JSONResponse({"keys": self.keys})

    async def authorize(self, request: Request) -> Response:
        """Whoever is sent here agrees at once."""
        asked = dict(request.query_params)
        assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "openid email profile")
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return RedirectResponse(asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"], "iss": self.issuer}), 303)

    async def token(self, request: Request) -> Response:
        given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(given["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{_quoted(SECRET)}".encode()).decode()
        good = asked and challenge == asked["code_challenge"] and given["redirect_uri"] == asked["redirect_uri"]
        if not asked or not good or request.headers.get("authorization") != basic:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"id_token": self.made(claims(asked["nonce"], iss=self.issuer, **self.person)), "access_token": "x", "token_type": "Bearer"})


class _Reached(httpx.ASGITransport):
    def __init__(self, provider: IdentityProvider) -> None:
        super().__init__(provider.app)
        self._provider = provider

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self._provider.asked.append(path)
        if path in self._provider.down:
            raise httpx.ConnectError("nobody there")
        return await super().handle_async_request(request)


async def _public(host: str, port: int) -> list[str]:
    return ["93.184.216.34"]


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


async def agreed(provider: IdentityProvider, address: str) -> str:
    """Where the provider sends a browser back to: path and query of ours."""
    assert address.startswith(f"{provider.issuer}/authorize?")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(provider.app), base_url=provider.issuer) as browser:
        back = urlsplit((await browser.get(address)).headers["location"])
    return f"{back.path}?{back.query}"
