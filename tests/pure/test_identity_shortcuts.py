"""The short ways through addresses and company names end where the long ones do."""

from hypothesis import given, settings
from hypothesis import strategies as st

from leadwell.base.identity import companies, emails, names, phones

PIECE = st.text("abZ019._+-", min_size=1, max_size=12)
DOMAIN = st.lists(st.text("abZ09-", min_size=1, max_size=8), min_size=1, max_size=4).map(".".join)
TAIL = st.sampled_from((".com", ".DE", ".test", ".example", ".local", ".arpa", ".invalid", ".c", ".co.uk", ".1a", ".xn--p1ai", ""))
WORDS = st.sampled_from(("acme", "gmbh", "co", "kg", "l", "c", "inc", "ag", "und", "limited", "partnership", "sp", "z", "oo", "the", "9"))


@settings(max_examples=1500, deadline=None)
@given(PIECE, DOMAIN, TAIL)
def test_a_plain_address_is_read_as_by_the_whole_check(local: str, domain: str, tail: str) -> None:
    address = f"{local}@{domain}{tail}"
    short = emails._plain(address, "")  # pyright: ignore[reportPrivateUsage]
    assert short is None or short == emails._checked(address, "")  # pyright: ignore[reportPrivateUsage]


def test_lengths_are_those_of_the_whole_check() -> None:
    for address in (f"{'a' * n}@{'b' * m}.com" for n in (63, 64, 65) for m in (62, 63, 64)):
        short = emails._plain(address, "")  # pyright: ignore[reportPrivateUsage]
        assert short is None or short == emails._checked(address, "")  # pyright: ignore[reportPrivateUsage]
    assert emails._plain("ana@acme.com", "") is not None  # pyright: ignore[reportPrivateUsage]


@settings(max_examples=500, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=5).map(" ".join))
def test_a_name_without_a_legal_form_at_its_end_is_left_alone(name: str) -> None:
    from cleanco.clean import custom_basename  # pyright: ignore

    assert companies._basename(name) == custom_basename(name, companies._terms())  # pyright: ignore


TOLD = ("Van", "Der", "Dos", "Jun", "Esq", "Phd", "Dean", "Prince", "King", "Major", "Mayor", "Lord", "Saint", "Ben", "Abu", "Bin", "And", "Und", "Nee", "Mrs",
        "Sir", "Rev", "Dame", "Don", "Page", "Baron", "Chi", "Ace", "Ana", "Silva", "Mac", "Ano", "Smith", "Lee", "Maria", "Max",
        "Müller", "Yılmaz", "García", "Élise", "Señor", "Née", "Fürst", "Rozená", "Żółć", "Straße", "Łukasz")  # fmt: skip
NAME = st.sampled_from(TOLD)


@settings(max_examples=300, deadline=None)
@given(NAME | st.from_regex(r"[A-Z][a-z]{2,7}", fullmatch=True), NAME | st.from_regex(r"[A-Z][a-z]{2,7}", fullmatch=True))
def test_two_plain_words_are_the_name_that_the_parser_makes_of_them(first: str, last: str) -> None:
    text = f"{first} {last}"
    short = names._plain(text)  # pyright: ignore[reportPrivateUsage]
    parsed = names._parser().parse(text)  # pyright: ignore[reportPrivateUsage]
    assert short is None or short == names._named(parsed, text)  # pyright: ignore[reportPrivateUsage]
    assert names._plain("Élise Müller") is not None  # pyright: ignore[reportPrivateUsage]


def test_a_number_rings_in_the_zones_that_taking_it_apart_finds() -> None:
    import phonenumbers

    examples = [phonenumbers.example_number_for_type(region, kind) for region in phonenumbers.SUPPORTED_REGIONS for kind in (0, 1, 2, 3)]
    numbers = [phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) for number in examples if number]
    assert len(numbers) > 700
    assert {n: phones.time_zones(n) for n in numbers} == {n: phones._time_zones(n) for n in numbers}  # pyright: ignore[reportPrivateUsage]
    assert phones.time_zones("+493012345678") == ("Europe/Berlin",)
    assert len(phones.time_zones("+18005550123")) > 1
