"""ID tokens: what is believed, and every way in which one is not."""

from datetime import timedelta
from typing import Any

import pytest

from leadwell.access.oidc import ALGORITHMS, Claims, Expected, IdTokenRejected, key_name, verified
from tests.identity import CLIENT, ISSUER, claims, forged, pem, public, public_ec, signed

EXPECTED = Expected(ISSUER, CLIENT, "n")
KEYS = [public(), public_ec()]
S = timedelta(seconds=1)


def read(token: str, keys: list[dict[str, Any]] = KEYS) -> Claims:
    return verified(token, keys, EXPECTED)


def why(token: str, keys: list[dict[str, Any]] = KEYS) -> str:
    with pytest.raises(IdTokenRejected) as refused:
        read(token, keys)
    return refused.value.params["why"]


@pytest.mark.parametrize(("alg", "kid"), [("RS256", "r1"), ("PS256", "r1"), ("RS512", "r1"), ("ES256", "e1")])
def test_good_token_says_who_somebody_is(alg: str, kid: str) -> None:
    assert read(signed(claims(), alg=alg, kid=kid)) == Claims(ISSUER, "u-1", "ana@corp.example", "Ana Silva")


def test_key_without_a_name_is_found_among_few() -> None:
    assert read(signed(claims(), kid=None), [public(None), public_ec()]).subject == "u-1"


@pytest.mark.parametrize("verified_", [False, "true", None, 1])
def test_address_that_is_not_verified_is_none(verified_: object) -> None:
    assert read(signed(claims(email_verified=verified_))).email is None


def test_only_methods_with_public_keys_are_taken() -> None:
    assert set(ALGORITHMS) == {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
    method = "it is signed by a method that is not taken"
    assert [why(forged({"alg": alg, "kid": "r1"}, claims())) for alg in ("none", "None", "NONE", "", "HS256", "ES256K", None, ["RS256"])] == [method] * 8


def test_public_key_is_no_secret_of_an_hmac() -> None:
    import hashlib
    import hmac

    unsigned = forged({"alg": "HS256", "kid": "r1", "typ": "JWT"}, claims()).rpartition(".")[0]
    token = forged({"alg": "HS256", "kid": "r1", "typ": "JWT"}, claims(), hmac.new(pem(), unsigned.encode(), hashlib.sha256).digest())
    assert why(token) == "it is signed by a method that is not taken"
    shared = {"kty": "oct", "kid": "r1", "k": "c2VjcmV0", "alg": "RS256"}
    assert why(signed(claims()), [shared]) == "its key is not one of the provider's"


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (public(use="enc"), "RS256"), (public(alg="RS512"), "RS256"), (public(key_ops=["sign"]), "RS256"), (public_ec("r1"), "RS256"),
        (public("e1"), "ES256"), ({**public_ec(), "crv": "P-384"}, "ES256"),
    ],
)  # fmt: skip
def test_key_of_another_kind_or_purpose_fits_no_token(key: dict[str, Any], alg: str) -> None:
    assert why(signed(claims(), alg=alg), [key]) == "its key is not one of the provider's"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"exp": -120 * S}, "it has expired"), ({"nbf": 120 * S}, "it is of a later time: a clock is wrong"),
        ({"iat": 120 * S}, "it is of a later time: a clock is wrong"), ({"iss": "https://id.example.com/"}, "it is of another provider"),
        ({"iss": "https://evil.example"}, "it is of another provider"), ({"aud": "somebody-else"}, "it was made for somebody else"),
        ({"aud": [CLIENT, "other"]}, "it was made for somebody else"), ({"aud": [CLIENT, "other"], "azp": "other"}, "it was made for somebody else"),
        ({"azp": "other"}, "it was made for somebody else"), ({"nonce": "another"}, "it was not made for this sign-in"),
        ({"nonce": None}, "it was not made for this sign-in"), ({"nonce": 7}, "it was not made for this sign-in"),
        ({"exp": None}, "it is not well formed"), ({"sub": None}, "it is not well formed"), ({"aud": None}, "it is not well formed"),
        ({"iat": None}, "it is not well formed"), ({"exp": "soon"}, "it is not well formed"), ({"exp": 1e400}, "it is not well formed"),
        ({"sub": ""}, "it does not say who you are"), ({"sub": "x" * 256}, "it does not say who you are"), ({"sub": "a\0"}, "it does not say who you are"),
    ],
)  # fmt: skip
def test_token_that_is_not_ours_or_not_of_now_is_refused(said: dict[str, Any], told: str) -> None:
    assert why(signed(claims(**said))) == told


def test_clocks_may_differ_by_a_minute() -> None:
    assert read(signed(claims(exp=-30 * S, iat=30 * S, nbf=30 * S))).subject == "u-1"


def test_several_audiences_need_the_party_named() -> None:
    assert read(signed(claims(aud=[CLIENT, "other"], azp=CLIENT))).subject == "u-1"


def test_changed_or_strange_token_is_refused() -> None:
    good = signed(claims())
    head, body, signature = good.split(".")
    assert why(f"{head}.{body}.{signature[:-4]}AAAA") == "it was not signed by the provider"
    assert why(signed(claims(), alg="ES256", kid="e1"), [{**public_ec(), "x": public_ec()["y"]}]) == "it is not well formed", "a point off the curve"
    for token in ("", "x", "a.b.c", "é.b.c", good + "." + good, "e30.e30.", "A" * 20_000):
        with pytest.raises(IdTokenRejected):
            key_name(token)


@pytest.mark.parametrize("headers", [{"crit": ["x"]}, {"typ": "at+jwt"}, {"typ": "logout+jwt"}])
def test_token_of_another_kind_is_refused(headers: dict[str, Any]) -> None:
    assert why(forged({"alg": "RS256", "kid": "r1", **headers}, claims())) in ("it is a token of another kind", "it is no token")


@pytest.mark.parametrize("kid", [7, "k" * 300, ["r1"]])
def test_name_of_a_key_is_a_short_text(kid: object) -> None:
    with pytest.raises(IdTokenRejected):
        key_name(forged({"alg": "RS256", "kid": kid}, claims()))


def test_address_of_a_key_in_the_token_is_never_followed() -> None:
    assert why(signed(claims(), headers={"jku": "https://evil.example/keys", "jwk": public("r1")}), [public_ec()]) == "its key is not one of the provider's"
    for kid in ("../../etc/passwd", "' OR 1=1 --", "http://169.254.169.254/"):
        assert key_name(signed(claims(), kid=kid)) == ("RS256", kid)
