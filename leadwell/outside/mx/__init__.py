"""Looks up whether a domain takes mail at all."""

from collections.abc import Awaitable, Callable

from leadwell.enrichment.asking import Answer, Question

TOTAL_S = 5.0
Hosts = Callable[[str], Awaitable[list[str] | None]]


class NoWord(Exception):
    """The name servers did not answer."""


async def mail_hosts(domain: str) -> list[str] | None:
    """Names of the mail servers, best first; empty when the domain takes no mail (RFC 7505 or no address at all), None when there is no such domain."""
    import dns.asyncresolver
    import dns.exception
    import dns.resolver

    async def ask(kind: str) -> list[str]:
        found = await dns.asyncresolver.resolve(domain, kind, lifetime=TOTAL_S)
        return [record.to_text() for record in found]

    try:
        try:
            said = sorted(await ask("MX"), key=lambda line: int(line.split()[0]))
            return [host for line in said if (host := line.split()[1].rstrip("."))]
        except dns.resolver.NoAnswer:
            return [domain] if await ask("A") else []
    except dns.resolver.NXDOMAIN:
        return None
    except dns.resolver.NoAnswer:
        return []
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise NoWord(f"{type(error).__name__}: {error}"[:200]) from None


class MailServers:
    """The lookup of kind MX: the key is a domain."""

    def __init__(self, hosts: Hosts = mail_hosts) -> None:
        self._hosts = hosts

    async def look(self, question: Question) -> Answer:
        """FOUND with `email.isValid` false when no mail can arrive; MISS, meaning nothing to correct, when it can."""
        try:
            hosts = await self._hosts(question.key)
        except NoWord as error:
            return Answer("FAILED", reason=str(error), ours=False)
        if hosts:
            return Answer("MISS", found={"hosts": hosts[:10]}, reason="It takes mail.")
        why = "There is no such domain." if hosts is None else "The domain takes no mail."
        return Answer("FOUND", values={"email.isValid": False}, found={"hosts": []}, reason=why)
