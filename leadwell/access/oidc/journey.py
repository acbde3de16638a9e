"""There and back: what is remembered while somebody is at their identity provider, bound to their browser and good for one return."""

import hashlib
import secrets as random
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import orjson

from leadwell.access.oidc.claims import Claims, Expected, key_name, verified
from leadwell.access.oidc.port import Issuers, Redemption
from leadwell.access.oidc.providers import Provider
from leadwell.access.oidc.refusals import IdTokenRejected, JourneyOver, ProviderSaidNo
from leadwell.access.tokens import digest
from leadwell.base import secrets
from leadwell.base.tx import Database

PURPOSE = "sign-in-flow"
SECONDS = 600
SCOPE = "openid email profile"
CALLBACK = "/auth/oidc/callback"


@dataclass(frozen=True, slots=True)
class Setting:
    """Why somebody sets out: into which workspace (None: whichever knows them), with which invitation, and where to afterwards."""

    workspace: UUID | None = None
    invitation: str | None = None
    next: str = "/"


@dataclass(frozen=True, slots=True)
class Journey:
    """What was sealed when it began. `provider` None: the installation's."""

    nonce: str
    verifier: str
    issuer: str
    provider: UUID | None
    setting: Setting

    def sealed(self) -> tuple[str, bytes]:
        return secrets.encrypt(PURPOSE, orjson.dumps(asdict(self), default=str))

    @classmethod
    def opened(cls, key_id: str, sealed: bytes) -> "Journey":
        told = orjson.loads(secrets.decrypt(PURPOSE, key_id, sealed))
        setting = told.pop("setting")
        provider, workspace = told.pop("provider"), setting.pop("workspace")
        return cls(**told, provider=UUID(provider) if provider else None, setting=Setting(UUID(workspace) if workspace else None, **setting))


async def begin(db: Database, issuers: Issuers, provider: Provider, setting: Setting, *, public_url: str, browser: str) -> str:
    """Where to send the browser. `browser` is the secret of its cookie, without which nobody comes back. ProviderSilent."""
    found = await issuers.discover(provider.issuer)
    state, journey = random.token_urlsafe(32), Journey(random.token_urlsafe(32), random.token_urlsafe(48), provider.issuer, provider.id, setting)
    key_id, sealed = journey.sealed()
    await db.control("SELECT lw_begin_flow($1, $2, $3, $4, $5)", digest(state), digest(browser), key_id, sealed, SECONDS)
    challenge = urlsafe_b64encode(hashlib.sha256(journey.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = urlencode({
        "response_type": "code", "response_mode": "query", "client_id": provider.client_id, "redirect_uri": public_url + CALLBACK, "scope": SCOPE,
        "state": state, "nonce": journey.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    })  # fmt: skip
    return f"{found.authorization_endpoint}{'&' if urlsplit(found.authorization_endpoint).query else '?'}{asked}"


async def take(db: Database, state: str, browser: str) -> Journey:
    """What was remembered, once. JourneyOver for another browser, a second time, or too late."""
    found = await db.control("SELECT * FROM lw_take_flow($1, $2)", digest(state), digest(browser))
    if not found:
        raise JourneyOver()
    return Journey.opened(found[0]["key_id"], found[0]["sealed"])


async def redeem(issuers: Issuers, journey: Journey, provider: Provider, code: str, *, public_url: str, said_by: str | None) -> Claims:
    """Who came back, by the code they brought. `said_by`: who the answer says it is of. IdTokenRejected, ProviderSaidNo, ProviderSilent."""
    found = await issuers.discover(journey.issuer)
    if said_by != journey.issuer and (said_by is not None or found.names_itself):
        raise ProviderSaidNo(why="the answer is another provider's.")
    secret = provider.secret()
    token = await issuers.redeem(journey.issuer, Redemption(code, journey.verifier, public_url + CALLBACK, provider.client_id, secret))
    _, kid = key_name(token)
    keys = await issuers.keys(journey.issuer, kid)
    if not keys:
        raise IdTokenRejected(why="its key is not one of the provider's")
    return verified(token, keys, Expected(journey.issuer, provider.client_id, journey.nonce))
