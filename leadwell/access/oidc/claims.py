"""Whether an ID token can be believed, and what it says. Pure but for the clock; the library is loaded with the first token."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from leadwell.access.oidc.refusals import IdTokenRejected

# Each with the only kind of key it goes with: a public key is never the secret of an HMAC, whatever a token says.
ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "ES512": ("EC", "P-521"), "EdDSA": ("OKP", "Ed25519"),
}  # fmt: skip
SKEW_S = 60
LONGEST, LONGEST_NAME = 16_384, 200
REQUIRED = ["iss", "sub", "aud", "exp", "iat"]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to be: by whom, for whom, and made for which request."""

    issuer: str
    client_id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Claims:
    """Who somebody is. `email` is one that the provider has verified; None otherwise."""

    issuer: str
    subject: str
    email: str | None = None
    name: str | None = None


def key_name(token: str) -> tuple[str, str | None]:
    """The algorithm and the id of the key that a token names; IdTokenRejected when it names what is not taken. Nothing is believed yet."""
    import jwt

    if len(token) > LONGEST or not token.isascii():
        raise IdTokenRejected(why="it is no token")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, RecursionError):
        raise IdTokenRejected(why="it is no token") from None
    alg, kid = header.get("alg"), header.get("kid")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        raise IdTokenRejected(why="it is signed by a method that is not taken")
    if "crit" in header or str(header.get("typ") or "JWT").upper() != "JWT":
        raise IdTokenRejected(why="it is a token of another kind")
    if not (kid is None or (isinstance(kid, str) and len(kid) <= LONGEST_NAME)):
        raise IdTokenRejected(why="it does not name its key")
    return alg, kid


def verified(token: str, keys: Sequence[Mapping[str, Any]], expected: Expected) -> Claims:
    """What a token says, if one of the keys signed it and it is of this provider, for us, for this request, and of now (give or take SKEW_S seconds)."""
    alg, _ = key_name(token)
    fitting = [key for key in keys if _fits(key, alg)]
    if not fitting:
        raise IdTokenRejected(why="its key is not one of the provider's")
    said, why = None, ""
    for key in fitting:
        said, why = _read(token, key, alg, expected)
        if said is not None:
            return _claims(said, expected)
    raise IdTokenRejected(why=why)


def _fits(key: Mapping[str, Any], alg: str) -> bool:
    kind, curve = ALGORITHMS[alg]
    meant = key.get("use", "sig") == "sig" and key.get("alg", alg) == alg and "verify" in key.get("key_ops", ["verify"])
    return bool(meant) and key.get("kty") == kind and (curve is None or key.get("crv") == curve)


def _read(token: str, key: Mapping[str, Any], alg: str, expected: Expected) -> tuple[dict[str, Any] | None, str]:
    """What the token says, or why not."""
    import jwt

    try:
        return jwt.decode(
            token, jwt.PyJWK(dict(key), alg), algorithms=[alg], audience=expected.client_id, issuer=expected.issuer, leeway=SKEW_S,
            options={"require": REQUIRED, "enforce_minimum_key_length": True}), ""
    except jwt.InvalidSignatureError:
        return None, "it was not signed by the provider"
    except jwt.ExpiredSignatureError:
        return None, "it has expired"
    except jwt.ImmatureSignatureError:
        return None, "it is of a later time: a clock is wrong"
    except jwt.InvalidIssuerError:
        return None, "it is of another provider"
    except jwt.InvalidAudienceError:
        return None, "it was made for somebody else"
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        return None, "it is not well formed"


def _claims(said: Mapping[str, Any], expected: Expected) -> Claims:
    party, audience, nonce = said.get("azp"), said["aud"], said.get("nonce")
    if party != expected.client_id and (party is not None or (isinstance(audience, list) and len(cast("list[Any]", audience)) > 1)):
        raise IdTokenRejected(why="it was made for somebody else")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise IdTokenRejected(why="it was not made for this sign-in")
    subject, email, name = said["sub"], said.get("email"), said.get("name")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or "\0" in subject:
        raise IdTokenRejected(why="it does not say who you are")
    proved = said.get("email_verified") is True and isinstance(email, str) and "@" in email and "\0" not in email and len(email) <= 320
    called = name.strip()[:LONGEST_NAME] if isinstance(name, str) and "\0" not in name else ""
    return Claims(expected.issuer, subject, email if proved else None, called or None)
