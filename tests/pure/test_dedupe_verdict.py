"""The verdict on two records: the same from both sides, blank says nothing, and no name alone makes two into one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadwell.dedupe.companies import COMPANIES, company_facts, company_keys, one_company
from leadwell.dedupe.comparison import (
    BLANK,
    CODE,
    COMPANY,
    CROWD,
    GIVEN,
    MARK,
    NO_TERMS,
    REACH,
    SAME,
    STREET,
    WORD,
    WORDS,
    Comparison,
    Terms,
    common_words,
    level,
)
from leadwell.dedupe.keys import KeyKind, hashed, kind_of, sound
from leadwell.dedupe.learning import Session, learn
from leadwell.dedupe.people import PEOPLE, one_person, person_facts, person_keys
from leadwell.dedupe.scale import Scale
from leadwell.dedupe.spec import Facts, Field, Spec, Weights, defaults
from leadwell.dedupe.verdict import MOST, OF_HOUSEHOLD, Thresholds, Verdict, bits, judge, probable, vector

ALL = (GIVEN, WORD, CODE, SAME, WORDS, STREET, COMPANY, REACH, CROWD)
WORD_OF = st.text("abin 12~@", max_size=9)
VALUES = st.lists(WORD_OF.filter(bool), max_size=3, unique=True)
NAMES = ("ana", "anna", "bob", "robert", "silva", "silveira", "12 haupt st", "~+4930", "+4930", "ana@x.example", "@x.example", "jr", "DE")
FACTS = st.dictionaries(st.sampled_from([f.source for f in PEOPLE.fields]), st.lists(st.sampled_from(NAMES), max_size=2, unique=True))


@settings(max_examples=400)
@given(st.sampled_from(ALL), VALUES, VALUES)
def test_level_is_the_same_from_both_sides(comparison: Comparison, ones: list[str], others: list[str]) -> None:
    terms = Terms({"a": 0.5, "b": 0.01}, 0.001)
    found = level(comparison, ones, others, terms)
    assert found == level(comparison, others, ones, terms)
    assert found == level(comparison, ones[::-1], others[::-1], terms)
    assert -1 <= found < len(comparison.levels)


@settings(max_examples=300)
@given(FACTS, FACTS, st.sampled_from([1_000, 1_000_000]))
def test_verdict_is_the_same_from_both_sides_and_adds_up(one: Facts, other: Facts, records: int) -> None:
    weights = defaults(PEOPLE, records)
    verdict = judge(PEOPLE, weights, one, other)
    mirrored = judge(PEOPLE, weights, other, one)
    assert mirrored == verdict
    assert 0 <= verdict.probability <= 1
    assert all(abs(e.bits) <= MOST for e in verdict.evidence)
    assert Scale(PEOPLE, weights).likelihood(one, other) == pytest.approx(verdict.probability, rel=1e-9)
    blank = {f.name for f in PEOPLE.fields if not one.get(f.source) or not other.get(f.source)}
    assert not blank & {e.field for e in verdict.evidence}


@given(FACTS)
def test_blank_never_equals_blank(one: Facts) -> None:
    weights = defaults(PEOPLE, 1_000)
    for other in ({}, {name: [] for name in one}):
        assert judge(PEOPLE, weights, one, other) == Verdict(pytest.approx(weights.prior, rel=1e-3), (), ("given", "proof"))
        assert set(vector(PEOPLE, weights, one, other)) == {BLANK}


@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.floats(0.000001, 0.5))
def test_name_alone_never_links(given_name: str, family: str, share: float) -> None:
    terms = {"given": Terms({given_name: share}), "family": Terms({family: share})}
    verdict = judge(PEOPLE, defaults(PEOPLE, 10, terms), *[{"given": [given_name], "family": [family]}] * 2)
    assert "proof" in verdict.held
    assert Thresholds().decide(verdict) != "LINK"


@pytest.mark.parametrize(("comparison", "one", "other", "expected"), [
    (GIVEN, "ana", "ana", "same"), (GIVEN, "bob", "robert", "short form"), (GIVEN, "j", "jane", "alike"), (GIVEN, "martha", "marhta", "alike"),
    (GIVEN, "ana", "bruno", "different"),
    (WORD, "silva", "silva", "same"), (WORD, "silveira", "silveirs", "alike"), (WORD, "dixon", "dicksonx", "different"), (WORD, "susun", "suaun", "close"),
    (CODE, "10115", "10115", "same"), (CODE, "10115", "10151", "one slip"), (CODE, "1011512", "1011534", "two slips"), (CODE, "10115", "10134", "different"),
    (CODE, "10115", "20996", "different"),
    (SAME, "DE", "DE", "same"), (SAME, "DE", "FR", "different"),
    (WORDS, "acme steel works", "acme steel works", "same"), (WORDS, "acme steel works berlin north", "acme steel works berlin", "nearly all words"),
    (WORDS, "acme steel works berlin", "acme steel", "most words"),
    (WORDS, "acme steel works", "acme pizza taxi", "some words"), (WORDS, "acme", "beta", "different"),
    (WORDS, "mueler robotics", "mueller robotics", "nearly all words"),
    (STREET, "5 haupt st", "5 haupt st", "same"), (STREET, "5 haupt st", "5 haupd st", "same number, street alike"),
    (STREET, "5 haupt st", "5 hauptmarkt", "same number, street close"), (STREET, "5 haupt st", "haupt st", "street alike"),
    (STREET, "5 haupt st", "6 haupt st", "different"), (STREET, "5 haupt st", "5 lindenallee", "different"), (STREET, "haupt st", "lindenallee", "different"),
    (COMPANY, "acme", "acme", "same"), (COMPANY, "acme robotics", "acme robotic", "alike"), (COMPANY, "@acme.example", "@acmee.example", "different"),
    (REACH, "+4930", "+4930", "same"), (REACH, "+4930", "+4931", "different"), (CROWD, "~+4930", "+4930", "shared"), (CROWD, "~+4930", "~+4930", "shared"),
])  # fmt: skip
def test_levels(comparison: Comparison, one: str, other: str, expected: str) -> None:
    assert comparison.levels[level(comparison, [one], [other])] == expected


@pytest.mark.parametrize(("comparison", "ones", "others"), [
    (REACH, ["~+4930"], ["+4930"]), (REACH, ["~+4930"], ["~+4931"]), (REACH, ["~+4930"], ["+4931"]),
    (CROWD, ["+4930"], ["+4930"]), (CROWD, ["+4930"], ["+4931"]),
    (WORD, [], ["silva"]), (WORD, ["silva"], []),
])  # fmt: skip
def test_what_says_nothing(comparison: Comparison, ones: list[str], others: list[str]) -> None:
    assert level(comparison, ones, others) == BLANK


def test_rare_words_weigh_more_than_common_ones() -> None:
    terms = Terms({"center": 0.2, "school": 0.2}, 0.0005)
    assert common_words("ellington school", "ellington center", terms) > 0.8
    assert common_words("ellington school", "armour school", terms) < 0.25
    assert common_words("center", "center", Terms({"center": 1.0})) == 1.0
    assert common_words("mueler mueller", "mueller", NO_TERMS) == pytest.approx(2 / 3)     # a word is found once


def test_rare_value_weighs_more_than_a_common_one() -> None:
    terms = {"family": Terms({"smith": 0.01}, 0.000001)}
    weights = defaults(PEOPLE, 1_000, terms)
    common, rare = [judge(PEOPLE, weights, {"family": [name]}, {"family": [name]}).evidence[0].bits for name in ("smith", "zuckmayr")]
    assert rare - common == pytest.approx(13.288, abs=0.01)


def test_surroundings_of_two_differently_named_people_count_for_little() -> None:
    home = {"family": ["silva"], "phone": ["+4930"], "street": ["5 haupt st"], "postal": ["10115"]}
    weights = defaults(PEOPLE, 1_000)
    verdict = judge(PEOPLE, weights, {**home, "given": ["ana"]}, {**home, "given": ["bruno"]})
    assert sum(e.bits for e in verdict.evidence if e.bits > 0) == pytest.approx(OF_HOUSEHOLD)
    assert (verdict.held, Thresholds().decide(verdict)) == (("given",), "IGNORE")
    alike = judge(PEOPLE, weights, {**home, "given": ["ana"]}, {**home, "given": ["anna"]})
    assert (alike.held, Thresholds().decide(alike)) == (("proof",), "REVIEW")     # Ana and Anna at one number may be sisters
    own = judge(PEOPLE, weights, {**home, "given": ["ana"], "email": ["s@x.example"]}, {**home, "given": ["anna"], "email": ["s@x.example"]})
    assert Thresholds().decide(own) == "LINK"
    few = judge(PEOPLE, weights, {"family": ["silva"], "given": ["ana"], "city": ["bonn"]}, {"family": ["silvb"], "given": ["bruno"], "city": ["bonn"]})
    assert few.probability < 0.01


def test_decisions_follow_the_thresholds() -> None:
    limits = Thresholds(0.9, 0.5)
    told = [limits.decide(Verdict(p, (), held)) for p, held in ((0.95, ()), (0.95, ("given",)), (0.6, ()), (0.4, ()))]
    assert told == ["LINK", "REVIEW", "REVIEW", "IGNORE"]


def test_probabilities_stay_within_bounds() -> None:
    assert (probable(0), probable(100), probable(-100)) == (0.5, 1.0, 0.0)
    assert (bits(0.5, 0.5), bits(1, 0), bits(0, 1)) == (0.0, MOST, -MOST)


def test_learning_finds_what_the_records_say() -> None:
    """Twins share their phone nine times in ten, strangers never; the city says nothing."""
    known = Field("kind", SAME, (0.9, 0.1), (0.1, 0.9), learnt=False)
    spec = Spec("R", (Field("phone", SAME, (0.5, 0.5), (0.1, 0.9)), Field("city", SAME, (0.9, 0.1), (0.5, 0.5)), known))
    start = defaults(spec, 1_000)
    block = Session(frozenset({"city"}), {(0, 0, BLANK): 90.0, (1, 0, BLANK): 910.0})
    phones = Session(frozenset({"phone"}), {(0, 0, 0): 60.0, (0, 1, 0): 40.0})
    chance = {(1, 0, BLANK): 5_000.0, (1, 1, BLANK): 4_999.0, (0, 1, BLANK): 1.0}
    learnt = learn(spec, start, [block, phones, Session(frozenset(), {})], chance, 500_000)
    assert bits(*learnt.odds["phone"][0]) > 8
    assert learnt.odds["kind"] == start.odds["kind"]
    assert 1e-9 <= learnt.prior < 0.001
    assert learn(spec, start, [], chance, 500_000) == start
    assert learn(spec, start, [Session(frozenset(), {})], {}, 500_000) == start


def test_learning_does_not_depend_on_the_order_of_what_it_sees() -> None:
    spec = Spec("R", (Field("name", WORD, (0.7, 0.1, 0.1, 0.1), (0.1, 0.1, 0.1, 0.7)), Field("phone", SAME, (0.8, 0.2), (0.05, 0.95))))
    counts = {(0, 0): 50.0, (3, 1): 400.0, (1, 0): 9.0, (3, BLANK): 80.0}
    one = learn(spec, defaults(spec, 1_000), [Session(frozenset(), counts)], counts, 1e6)
    other = learn(spec, defaults(spec, 1_000), [Session(frozenset(), dict(reversed(counts.items())))], counts, 1e6)
    for name in one.odds:
        for level_one, level_other in zip(one.odds[name], other.odds[name], strict=True):
            assert level_one == pytest.approx(level_other)


def test_person_is_made_comparable() -> None:
    found = person_facts({
        "name": "Dr. Bob Müller Jr.", "suffix": None, "street": "Hauptstraße 5", "postal_code": "10 115", "city": "BERLIN", "country": "DE",
        "emails": [
            {"match_key": "sunny77@gmail.com", "domain": "gmail.com"}, {"match_key": "info@acme.example", "domain": "acme.example"},
            {"match_key": "bob.muller@acme.example", "domain": "acme.example", "verified": True, "shared": True},
        ],
        "phones": [{"e164": "+4930", "line": True}, {"e164": "+4915"}], "companies": ["ACME GmbH"],
    })  # fmt: skip
    assert found == {
        "given": ["bob"], "family": ["muller"], "email": ["sunny77@gmail.com", "~bob.muller@acme.example", "~info@acme.example"], "handle": ["sunny77"],
        "verified": ["bob.muller@acme.example"], "phone": ["+4915", "~+4930"], "company": ["@acme.example", "acme"], "street": ["5 haupt st"],
        "postal": ["10115"], "city": ["berlin"], "country": ["DE"], "generation": ["jr"], "kind": ["INDIVIDUAL"],
    }  # fmt: skip
    kinds = [kind.name for kind in person_keys(found).values()]
    assert sorted(kinds) == sorted(["EMAIL"] * 3 + ["PHONE"] * 2 + ["HANDLE", "NAME", "STREET"] + ["PLACE"] * 4)


@pytest.mark.parametrize(("one", "other"), [
    ({"first_name": "Юлия", "last_name": "Петрова"}, {"first_name": "Yuliya", "last_name": "Petrova"}),
    ({"first_name": "İpek", "last_name": "Işık"}, {"first_name": "ipek", "last_name": "ISIK"}),
    ({"first_name": "Jose\u0301", "last_name": "Nu\u0303ez"}, {"first_name": "Jose", "last_name": "Nũez"}),
    ({"name": "Müller, Hans"}, {"first_name": "Hans", "last_name": "Muller"}), ({"first_name": "Bob", "last_name": "Lee"}, {"name": "Robert Lee"}),
])  # fmt: skip
def test_names_written_otherwise_meet_in_a_key(one: dict[str, str], other: dict[str, str]) -> None:
    assert set(person_keys(person_facts(one))) & set(person_keys(person_facts(other)))


@pytest.mark.parametrize(("row", "handle"), [
    ("a.silva@x.example", None), ("ana.silva@x.example", None),
    ("ana.silva77@x.example", ["anasilva77"]), ("sunny@x.example", ["sunny"]), ("ab@x.example", None),
])  # fmt: skip
def test_name_before_the_at_says_something_only_beyond_the_name(row: str, handle: list[str] | None) -> None:
    facts = person_facts({"first_name": "Ana", "last_name": "Silva", "emails": [{"match_key": row, "domain": "x.example"}]})
    assert facts.get("handle") == handle


def test_nothing_to_go_by_makes_no_key() -> None:
    assert person_keys(person_facts({"first_name": "Ana"})) == {}
    assert person_keys(person_facts({"name": "..."})) == {}
    assert person_keys(person_facts({"last_name": "Silva", "city": "Bonn", "street": "  "})) == {}
    assert company_keys(company_facts({"name": "...", "domains": ["gmail.com"]})) == {}


def test_company_is_made_comparable() -> None:
    row = {
        "name": "The Müller & Söhne GmbH & Co. KG", "aliases": ["MS Group"], "domains": ["www.mueller.de", "gmail.com"], "phone": "030 123456", "country": "DE",
        "street": "Hauptstr. 5", "postal_code": "10115", "city": "Berlin",
    }  # fmt: skip
    found = company_facts(row)
    assert found == {
        "name": ["ms group", "muller and sohne"], "domain": ["mueller.de"], "phone": ["+4930123456"], "street": ["5 haupt st"], "postal": ["10115"],
        "city": ["berlin"], "country": ["DE"],
    }  # fmt: skip
    kinds = [kind.name for kind in company_keys(found).values()]
    assert sorted(kinds) == sorted(["COMPANY_DOMAIN", "COMPANY_NAME", "COMPANY_NAME", "COMPANY_PHONE", "COMPANY_STREET"] + ["COMPANY_PLACE"] * 4)
    other = company_facts({"name": "Mueller und Soehne", "domains": ["mueller.de"], "country": "DE"})
    assert Thresholds().decide(judge(COMPANIES, defaults(COMPANIES, 1_000), found, other)) in ("LINK", "REVIEW")


def test_pairs_not_worth_weighing_are_passed_over() -> None:
    ana, bruno = {"given": ["ana"], "phone": ["+4930"]}, {"given": ["bruno"], "phone": ["+4930"]}
    assert one_person(ana, bruno)
    assert not one_person(ana, {**bruno, "phone": ["~+4930"]})
    assert all(one_person(ana, other) for other in ({}, {"given": ["anna"]}))
    acme = {"name": ["acme"], "domain": ["acme.example"]}
    assert one_company(acme, {"name": ["beta"], "domain": ["acme.example"]})
    assert not one_company(acme, {"name": ["beta"]})
    assert all(one_company(acme, other) for other in ({}, {"name": ["acme steel"]}))


def test_keys_say_what_they_are_of() -> None:
    key = hashed(KeyKind.COMPANY_PHONE, "+4930")
    assert (kind_of(key), -(2**63) <= key < 2**63) == (KeyKind.COMPANY_PHONE, True)
    assert hashed(KeyKind.EMAIL, "a", "b") != hashed(KeyKind.EMAIL, "ab")
    assert hashed(KeyKind.EMAIL, "a") != hashed(KeyKind.HANDLE, "a")
    assert [sound(name) for name in ("schmidt", "shmit", "smith")] == ["smt", "smt", "smt"]


def test_terms_and_weights_have_values_for_what_they_never_saw() -> None:
    assert (NO_TERMS.share("x"), Terms({"x": 0.2}).share("x")) == (1e-4, 0.2)
    assert Weights(0.1, {}).of("given") is NO_TERMS
    assert MARK == "~"
