"""What is remembered of identity providers: keys that serve on while their owner is down, and questions that cost it nothing."""

import asyncio

import httpx
import pytest

from leadwell.access.oidc import ProviderSaidNo, ProviderSilent, Redemption
from leadwell.outside.oidc import HttpIssuers
from tests.identity import ISSUER, IdentityProvider, public


def names(keys: object) -> list[str]:
    assert isinstance(keys, list)
    return [key["kid"] for key in keys]


async def test_keys_are_fetched_once_however_many_ask() -> None:
    provider = IdentityProvider()
    issuers = provider.issuers()
    found = await asyncio.gather(*(issuers.keys(ISSUER, kid) for kid in ("r1", "e1", "r1", None)))
    assert [names(keys) for keys in found] == [["r1"], ["e1"], ["r1"], ["r1", "e1"]]
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]
    provider.clock[0] += 3601
    await issuers.keys(ISSUER, "r1")
    assert provider.asked.count("/keys") == 2


async def test_flood_of_unknown_names_does_not_reach_the_provider() -> None:
    provider = IdentityProvider()
    issuers = provider.issuers()
    for i in range(3000):
        assert await issuers.keys(ISSUER, f"../../{i}") == []
    assert provider.asked.count("/keys") == 1
    for i in range(300):
        provider.clock[0] += 1
        await issuers.keys(ISSUER, f"new-{i}")
    assert provider.asked.count("/keys") == 1 + 10, "one look in thirty seconds"


async def test_new_key_is_found_after_half_a_minute_and_a_missing_one_not_looked_for_again() -> None:
    provider = IdentityProvider()
    issuers = provider.issuers()
    await issuers.keys(ISSUER, "r1")
    provider.clock[0] += 31
    assert await issuers.keys(ISSUER, "r2") == []
    provider.keys = [public("r2")]
    provider.clock[0] += 31
    assert await issuers.keys(ISSUER, "r2") == [], "known to be missing for five minutes"
    assert names(await issuers.keys(ISSUER, "r1")) == ["r1"]
    provider.clock[0] += 300
    assert names(await issuers.keys(ISSUER, "r2")) == ["r2"]
    assert provider.asked.count("/keys") == 3


async def test_old_keys_serve_while_the_provider_is_down_and_for_a_day() -> None:
    provider = IdentityProvider()
    issuers = provider.issuers()
    await issuers.keys(ISSUER, "r1")
    provider.down = {"/keys", "/.well-known/openid-configuration"}
    for _ in range(20):
        provider.clock[0] += 4000
        assert names(await issuers.keys(ISSUER, "r1")) == ["r1"]
    provider.clock[0] += 10_000
    with pytest.raises(ProviderSilent) as silent:
        await issuers.keys(ISSUER, "r1")
    assert (silent.value.retryable, silent.value.status) == (True, 503)
    provider.down = set()
    provider.clock[0] += 31
    assert names(await issuers.keys(ISSUER, "r1")) == ["r1"]


async def test_provider_that_never_answered_is_told_and_left_alone_for_half_a_minute() -> None:
    provider = IdentityProvider()
    provider.down = {"/.well-known/openid-configuration"}
    issuers = provider.issuers()
    for _ in range(50):
        with pytest.raises(ProviderSilent, match="ConnectError"):
            await issuers.discover(ISSUER)
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"issuer": "https://evil.example"}, {"issuer": ISSUER + "/"}, {"jwks_uri": "http://id.example.com/keys"}, {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"}, {"authorization_endpoint": "https://id.example.com/\nx"},
    ],
)  # fmt: skip
async def test_discovery_document_that_cannot_be_used_is_refused(more: dict[str, object]) -> None:
    provider = IdentityProvider()
    provider.more = more
    with pytest.raises(ProviderSilent):
        await provider.issuers().discover(ISSUER)


async def test_provider_inside_our_network_is_never_asked() -> None:
    async def inside(host: str, port: int) -> list[str]:
        return ["169.254.169.254"]

    asked: list[httpx.Request] = []
    issuers = HttpIssuers(resolver=inside, inner=httpx.MockTransport(lambda r: asked.append(r) or httpx.Response(200)))  # type: ignore[func-returns-value]
    with pytest.raises(ProviderSilent, match="not on the public internet"):
        await issuers.discover(ISSUER)
    assert asked == []


async def test_code_that_the_provider_refuses_is_told_and_a_provider_that_is_down_too() -> None:
    provider = IdentityProvider()
    issuers, wrong = provider.issuers(), Redemption("nonsense", "v", "https://here/cb", "leadwell-test", "x")
    with pytest.raises(ProviderSaidNo, match="invalid_grant"):
        await issuers.redeem(ISSUER, wrong)
    provider.down = {"/token"}
    with pytest.raises(ProviderSilent):
        await issuers.redeem(ISSUER, wrong)
