"""Organizations in JSON-LD: graphs, lists and nested nodes, found in whatever shape sites write them, broken JSON included. Pure."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import orjson

LONGEST, DEEPEST, MOST_NODES = 500_000, 40, 5_000
Node = dict[str, Any]
KINDS = frozenset(
    """Organization Corporation Company NGO Airline Consortium Project FundingScheme LibrarySystem NewsMediaOrganization OnlineBusiness OnlineStore
    PerformingGroup PoliticalParty ResearchOrganization SportsOrganization WorkersUnion EducationalOrganization CollegeOrUniversity School
    GovernmentOrganization MedicalOrganization Hospital Dentist Pharmacy VeterinaryCare LocalBusiness AnimalShelter AutomotiveBusiness ChildCare
    DryCleaningOrLaundry EmergencyService EmploymentAgency EntertainmentBusiness FinancialService AccountingService AutomatedTeller BankOrCreditUnion
    InsuranceAgency FoodEstablishment Bakery BarOrPub Brewery CafeOrCoffeeShop Restaurant Winery GovernmentOffice HealthAndBeautyBusiness HealthClub
    HomeAndConstructionBusiness Electrician GeneralContractor HVACBusiness HousePainter Locksmith MovingCompany Plumber RoofingContractor InternetCafe
    LegalService Attorney Notary Library LodgingBusiness Hotel Hostel Motel Resort MedicalBusiness MedicalClinic ProfessionalService RadioStation
    RealEstateAgent RecyclingCenter SelfStorage ShoppingCenter SportsActivityLocation Store AutoDealer AutoRepair BookStore ClothingStore
    ComputerStore ElectronicsStore FurnitureStore GroceryStore HardwareStore HomeGoodsStore OfficeEquipmentStore WholesaleStore TelevisionStation
    TouristInformationCenter TravelAgency""".split()  # noqa: SIM905
)
_TRAILING = re.compile(r",(\s*[}\]])")
_WRAPPED = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|\]\]>|/\*\s*\]\]>\s*\*/)\s*;?\s*$")
_REMARK = re.compile(r"^\s*//.*$", re.MULTILINE)


def organizations(scripts: list[str]) -> list[Node]:
    """Every node that is an organization, those under one @id made one, in order of appearance."""
    nodes = [node for script in scripts for node in _nodes(read(script))]
    by_id: dict[str, Node] = {}
    for node in nodes:
        if isinstance(id := node.get("@id"), str):
            known = by_id.setdefault(id, {})
            for name, value in node.items():
                known.setdefault(name, value)
    found: list[Node] = []
    for node in nodes:
        whole = by_id.get(str(node.get("@id"))) or node
        if KINDS & set(kinds(whole)) and whole not in found:
            found.append(whole)
    return [{name: _resolved(value, by_id) for name, value in node.items()} for node in found]


def read(script: str) -> Any:
    """What a script says; None when nothing can be made of it. Remarks, wrappers, raw line ends and trailing commas are forgiven."""
    text = script.strip()
    if not text or len(text) > LONGEST:
        return None
    mended = _mended(text)
    for attempt in (text, mended):
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(attempt)
    try:
        return json.JSONDecoder(strict=False).raw_decode(mended[min((at for at in (mended.find("{"), mended.find("[")) if at >= 0), default=0) :])[0]
    except (ValueError, RecursionError):
        return None


def kinds(node: Node) -> list[str]:
    """The types of a node without the vocabulary they are from."""
    given = node.get("@type")
    names = cast("list[Any]", given) if isinstance(given, list) else [given]
    return [re.split(r"[/#:]", name)[-1] for name in names if isinstance(name, str)]


def _mended(text: str) -> str:
    for _ in range(2):
        text = _WRAPPED.sub("", text)
    return _TRAILING.sub(r"\1", _REMARK.sub("", text)).strip().rstrip(";")


def _nodes(value: Any) -> list[Node]:
    found: list[Node] = []
    for node in _walk(value, 0):
        found.append(node)
        if len(found) >= MOST_NODES:
            break
    return found


def _walk(value: Any, depth: int) -> Iterator[Node]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from _walk(one, depth + 1)
    elif isinstance(value, dict):
        node = cast("Node", value)
        yield node
        for name, one in node.items():
            if name != "@context":
                yield from _walk(one, depth + 1)


def _resolved(value: Any, by_id: dict[str, Node]) -> Any:
    """A mere reference becomes the node it refers to, one step deep."""
    if isinstance(value, list):
        return [_resolved(one, by_id) for one in cast("list[Any]", value)]
    node = cast("Node", value) if isinstance(value, dict) else {}
    return by_id.get(str(node["@id"]), node) if set(node) == {"@id"} else cast("Any", value)
