"""Money and dates as exports write them."""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwell.base.identity import BLANK, Flaw, Money, parse_date, parse_moment, parse_money


@pytest.mark.parametrize(
    ("text", "minor", "currency"),
    [
        ("$22,700.00", 2_270_000, "USD"),
        ("22.700,00 EUR", 2_270_000, "EUR"),
        ("22700", 2_270_000, None),
        ("1 234,5", 123_450, None),
        ("(500)", -50_000, None),
        ("$-5.00", -500, "USD"),
        ("\u22125", -500, None),
        ("12k", 1_200_000, None),
        ("€ 1.5m", 150_000_000, "EUR"),
        ("CHF 1'234.50", 123_450, "CHF"),
        ("20.-", 2_000, None),
        ("1.234", 123_400, None),
        ("1,23", 123, None),
        ("1,00,000 INR", 10_000_000, "INR"),
        ("¥1,000", 1_000, "JPY"),
        ("KWD 1.234", 1_234, "KWD"),
        ("US$ 3", 300, "USD"),
        (".5", 50, None),
        ("0", 0, None),
    ],
)
def test_amount_becomes_minor_units(text: str, minor: int, currency: str | None) -> None:
    assert parse_money(text) == Money(minor, currency)


def test_bare_number_is_in_the_currency_of_the_column() -> None:
    assert parse_money("1,000", "JPY") == Money(1_000, "JPY")
    assert parse_money("$1", "EUR") == Money(100, "USD")


@pytest.mark.parametrize("text", ["abc", "5 apples", "1.23.4", "$", "1,2,3", "--5", "9" * 30, "1e9", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    found = parse_money(text)
    assert isinstance(found, Flaw)
    assert found.code == "BAD_MONEY"


@given(st.text())
def test_any_text_is_an_amount_or_a_flaw(text: str) -> None:
    assert isinstance(parse_money(text), Money | Flaw)


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_amount_written_either_way_reads_the_same(minor: int) -> None:
    english = f"{minor / 100:,.2f}" if abs(minor) < 10**12 else f"{minor // 100:,}.{minor % 100:02d}"
    assert parse_money(f"{english} USD") == Money(minor, "USD")
    continental = english.replace(",", " ").replace(".", ",")
    assert parse_money(f"{continental} EUR") == Money(minor, "EUR")


BERLIN = ZoneInfo("Europe/Berlin")
EARLY, LATE = datetime(1800, 1, 2, tzinfo=UTC).replace(tzinfo=None), datetime(9000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15 Apr, 2021 00:03:00", datetime(2021, 4, 15, 0, 3, tzinfo=BERLIN)),
        ("2021-04-15", datetime(2021, 4, 15, tzinfo=BERLIN)),
        ("2021-04-15T10:00:00Z", datetime(2021, 4, 15, 10, tzinfo=UTC)),
        ("2021-04-15 10:00:00+02:00", datetime(2021, 4, 15, 8, tzinfo=UTC)),
        ("20210415", datetime(2021, 4, 15, tzinfo=BERLIN)),
        ("04/15/2021", datetime(2021, 4, 15, tzinfo=BERLIN)),
        ("15/04/2021", datetime(2021, 4, 15, tzinfo=BERLIN)),
        ("3.4.2021", datetime(2021, 4, 3, tzinfo=BERLIN)),
        ("Apr 15 2021 3:05 PM", datetime(2021, 4, 15, 15, 5, tzinfo=BERLIN)),
        ("12/31/99", datetime(1999, 12, 31, tzinfo=BERLIN)),
        ("15. März 2021", datetime(2021, 3, 15, tzinfo=BERLIN)),
        ("1er janvier 2021", datetime(2021, 1, 1, tzinfo=BERLIN)),
        ("15 de abril de 2021", datetime(2021, 4, 15, tzinfo=BERLIN)),
        ("Thu, 15 Apr 2021 10:00:00 +0000", datetime(2021, 4, 15, 10, tzinfo=UTC)),
    ],
)
def test_moment_is_read(text: str, expected: datetime) -> None:
    assert parse_moment(text, BERLIN) == expected


def test_order_that_cannot_be_told_is_refused_until_the_mapping_says_it() -> None:
    found = parse_date("04/05/2021")
    assert isinstance(found, Flaw)
    assert found.code == "AMBIGUOUS_DATE"
    assert parse_date("04/05/2021", "DMY") == date(2021, 5, 4)
    assert parse_date("04/05/2021", "MDY") == date(2021, 4, 5)
    assert parse_date("04/04/2021") == date(2021, 4, 4)


@pytest.mark.parametrize("text", ["31/31/2021", "2021-13-01", "0000-01-01", "13 PM", "5", "yesterday", "2021-02-30"])
def test_what_is_no_date_is_refused(text: str) -> None:
    found = parse_date(text)
    assert isinstance(found, Flaw)
    assert found.code == "BAD_DATE"


def test_blank_is_blank() -> None:
    assert parse_date(" ") is BLANK
    assert parse_money(None) is BLANK


@given(st.text())
def test_any_text_is_a_date_or_a_flaw(text: str) -> None:
    assert isinstance(parse_date(text), date | Flaw)


@given(st.datetimes(min_value=EARLY, max_value=LATE))
def test_iso_moments_come_back(moment: datetime) -> None:
    whole = moment.replace(microsecond=0, tzinfo=UTC)
    assert parse_moment(whole.isoformat(), BERLIN) == whole


def test_every_date_of_a_real_export_is_read(shared: Path) -> None:
    lines = gzip.decompress((shared / "data" / "zoho_crm_Leads.csv.gz").read_bytes()).decode("utf-8", "replace").splitlines()
    dates = [line.split('"')[1] for line in lines[1:] if '"' in line and ", 20" in line.split('"')[1]]
    assert len(dates) > 3_000
    assert not [text for text in dates if isinstance(parse_moment(text, UTC), Flaw)]
