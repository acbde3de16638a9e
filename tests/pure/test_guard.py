"""Outbound calls reach the public internet and nothing else."""

import httpx
import pytest

from leadwell.outside.guard import AddressRefused, GuardedTransport, allowed, guarded_client
from leadwell.outside.guard.client import UrlRefused

INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "192.0.0.8", "224.0.0.1", "255.255.255.255",
    "168.63.129.16", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_address_inside_is_refused(address: str) -> None:
    assert allowed(address) is False


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"])
def test_public_address_is_allowed(address: str) -> None:
    assert allowed(address) is True


class Stub(httpx.AsyncBaseTransport):
    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b"x" * 100))


def answering(*addresses: str):
    async def resolver(host: str, port: int) -> list[str]:
        return list(addresses)
    return resolver


async def test_connects_to_the_address_it_checked_under_the_name_it_was_given() -> None:
    stub = Stub()
    async with guarded_client(GuardedTransport(resolver=answering("93.184.216.34"), inner=stub)) as client:
        assert (await client.get("https://example.com/hook")).status_code == 200
    assert [(r.url.host, r.headers["host"], r.extensions["sni_hostname"]) for r in stub.asked] == [("93.184.216.34", "example.com", "example.com")]


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:10.0.0.1"]])
async def test_one_refused_address_refuses_the_host(addresses: list[str]) -> None:
    stub = Stub()
    async with guarded_client(GuardedTransport(resolver=answering(*addresses), inner=stub)) as client:
        with pytest.raises(AddressRefused):
            await client.get("https://example.com/")
    assert stub.asked == []


@pytest.mark.parametrize("url", ["https://example.com:22/", "http://user@example.com/", "http://example.com:8080/"])
async def test_odd_port_or_user_is_refused(url: str) -> None:
    stub = Stub()
    async with guarded_client(GuardedTransport(resolver=answering("93.184.216.34"), inner=stub)) as client:
        with pytest.raises(UrlRefused):
            await client.get(url)
    assert stub.asked == []


async def test_reads_no_more_than_the_limit() -> None:
    async with guarded_client(GuardedTransport(resolver=answering("93.184.216.34"), inner=Stub(), most_bytes=64)) as client:
        assert len((await client.get("https://example.com/")).content) == 64
