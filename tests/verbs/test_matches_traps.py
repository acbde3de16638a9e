"""What makes others find the wrong people, or miss the right ones: how records are written, and what says nothing about whom they are of."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from leadwell import dedupe
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.dedupe import Described, Match
from tests import builders as make
from tests.verbs.twins import checked, given, made


@dataclass(frozen=True)
class Trap:
    """Somebody there is, somebody asked about, and what must come of it: None is nobody, else the decision, and evidence by field."""

    there: dedupe.Described
    asked: dedupe.Described
    decision: str | None
    evidence: dict[str, str]


TRAPS = {
    "gmail ignores dots, plus tags and which of its domains": Trap(
        Described(name="Jane Doe", emails=("Jane.Doe@gmail.com",)), Described(name="Jane Doe", emails=("janedoe+a@googlemail.com",)), "LINK",
        {"email": "same"}),
    "others do not ignore dots": Trap(
        Described(name="Jane Doe", emails=("jane.doe@acme.example",)), Described(name="Mark Roe", emails=("janedoe@acme.example",)), None,
        {}),
    "a role address is of nobody in particular": Trap(
        Described(name="Jane Doe", emails=("info@acme.example",)), Described(name="Jane Doe", emails=("info@acme.example",)), "REVIEW",
        {"shared": "shared"}),
    "a role address says nothing about another name": Trap(
        Described(name="Jane Doe", emails=("info@acme.example",)), Described(name="Mark Roe", emails=("info@acme.example",)), "IGNORE",
        {"given": "different"}),
    "a free-mail domain is no company": Trap(
        Described(name="Jane Doe", emails=("jane.d1@gmail.com",)), Described(name="Jane Doe", emails=("doe.j2@gmail.com",)), "REVIEW",
        {"given": "same", "family": "same"}),
    "a domain in letters and in its A-labels is one": Trap(
        Described(name="Jane Doe", emails=("jd@müller.example",)), Described(name="Jane Doe", emails=("JD@xn--mller-kva.example",)), "LINK",
        {"email": "same"}),
    "Turkish letters meet their plain ones": Trap(
        Described(name="İpek Işık", emails=("ipek@one.example",), phones=("+905321234567",)), Described(name="IPEK ISIK", phones=("+905321234567",)), "LINK",
        {"given": "same", "family": "same", "phone": "same"}),
    "composed and decomposed letters are one": Trap(
        Described(name="José Núñez", phones=("+34612345678",)), Described(name="Jose\u0301 Nu\u0301n\u0303ez", phones=("+34612345678",)), "LINK",
        {"given": "same", "family": "same"}),
    "two people may have one number": Trap(
        Described(name="Jane Doe", phones=("+4930123456",)), Described(name="Mark Doe", phones=("+4930123456",)), "IGNORE",
        {"given": "different"}),
    "a number without its country and with it is one": Trap(
        Described(name="Jane Doe", phones=("+4930123456",)), Described(name="Jane Doe", phones=("030 / 12 34 56",), country="Germany"), "LINK",
        {"phone": "same"}),
    "nothing equals nothing": Trap(Described(name="Jane Doe"), Described(name="Mark Roe", emails=("",), phones=("", " "), street="", city=" "), None, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", TRAPS)
async def test_person_is_found_for_what_says_who_they_are(db: Database, actor: Actor, case: str) -> None:
    trap = TRAPS[case]
    there = given(trap.there.name or "", trap.there.emails[0] if trap.there.emails else None, trap.there.phones[0] if trap.there.phones else None)
    (id,) = await made(db, actor, there)
    await checked(db, actor, id)
    async with db.read(actor) as tx:
        found = (await dedupe.described(tx, trap.asked)).people.found
    assert [match.decision for match in found] == [trap.decision] * (trap.decision is not None)
    assert all(match.id == id and trap.evidence.items() <= said(match).items() for match in found)
    assert all(e.field != "company" for match in found for e in match.verdict.evidence if "gmail" in case or "free-mail" in case)


def said(match: Match) -> dict[str, str]:
    return {e.field: e.level for e in match.verdict.evidence}


@pytest.mark.parametrize(("there", "asked", "decision"), [
    ({"name": "Acme Robotics GmbH", "domain": "acme.example"}, Described(company="ACME Robotics Ltd.", website="https://www.acme.example/about"), "LINK"),
    ({"name": "Müller & Söhne GmbH", "domain": "xn--mller-kva.example"}, Described(company="Mueller und Soehne", website="müller.example"), "REVIEW"),
    ({"name": "İstanbul Çelik A.Ş.", "country": "TR"}, Described(company="ISTANBUL CELIK", country="TR"), "REVIEW"),
    ({"name": "Acme Robotics GmbH", "country": "DE"}, Described(company="Acme Robotics", country="FR"), "IGNORE"),
    ({"name": "GmbH"}, Described(company="Ltd"), None),
    ({"name": "Acme Robotics"}, Described(company="Beta", emails=("jane@gmail.com",)), None),
])  # fmt: skip
async def test_company_is_found_without_its_legal_form(
    db: Database, actor: Actor, there: dict[str, str], asked: Described, decision: str | None
) -> None:
    async def some(tx: Tx) -> UUID:
        id = await make.make_company(tx, **there)
        if domain := there.get("domain"):
            await tx.execute("DELETE FROM company_domains WHERE workspace_id = $1", tx.workspace)
            await make.insert(tx, "company_domains", company_id=id, domain=domain, created_at=await tx.now())
        await dedupe.check(tx, companies=[id])
        return id

    id = await db.run(actor, some)
    async with db.read(actor) as tx:
        found = (await dedupe.described(tx, asked)).companies.found
    assert [(match.id, match.decision) for match in found] == [(id, decision)] * (decision is not None)
