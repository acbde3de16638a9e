"""Files told apart, rows read within limits, columns mapped by name, faults written safely; without a database."""

import csv
import gzip
from pathlib import Path

import pytest

from leadwell.base.refusals import Refusal
from leadwell.transfer import decoding
from leadwell.transfer.faults_file import FaultsFile, safe
from leadwell.transfer.mapping import guess, map_columns
from leadwell.transfer.refusals import (
    EmptyFile,
    FileUnreadable,
    LineTooLong,
    MissingColumns,
    NoHeader,
    NothingIdentifies,
    NotText,
    QuoteNeverClosed,
    TooManyColumns,
    UnknownField,
    WrongEncoding,
)
from leadwell.transfer.rows import Row, table

ZOHO = [
    "LEADID", "Last Name", "Company", "Lead Owner", "Email", "Mobile", "Website", "Industry", "Lead Source", "Lead Status", "Created Time", "CONVERTED",
    "month_Created Time1",
]  # fmt: skip


def written(tmp_path: Path, content: bytes, name: str = "leads.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def rows_of(path: Path, encoding: str | None = None, delimiter: str | None = None) -> tuple[list[str], list[Row], decoding.Source]:
    source = decoding.inspect(path, encoding)
    with decoding.lines(source) as lines:
        read = table(lines, delimiter, path.name)
        return read.columns, list(read.rows), source


@pytest.mark.parametrize(
    ("encode", "told"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"), ("cp1252", "cp1252"),
    ],
)
def test_encoding_is_told_from_the_content(tmp_path: Path, encode: str, told: str) -> None:
    columns, rows, source = rows_of(written(tmp_path, "Name,Ort\r\nJosé Müller,Köln\r\n".encode(encode)))
    assert (columns, [r.cells for r in rows], source.encoding) == (["Name", "Ort"], [["José Müller", "Köln"]], told)
    assert (source.doubt is not None) is (encode == "cp1252")


def test_gzipped_file_is_the_same_file(tmp_path: Path) -> None:
    content = b"Name,City\nAna,Porto\n"
    plain, zipped = rows_of(written(tmp_path, content)), rows_of(written(tmp_path, gzip.compress(content, mtime=0), "leads.csv.gz"))
    assert (plain[0], plain[1], plain[2].digest) == (zipped[0], zipped[1], zipped[2].digest)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", EmptyFile), (b"\xef\xbb\xbf\r\n \n", EmptyFile), (b"\n,,,\n", EmptyFile), (b"PK\x03\x04rest", NotText), (b"%PDF-1.7", NotText),
        (gzip.compress(b"Name\nAna\n", mtime=0)[:-9], FileUnreadable), (b'Name,City\n"Ana,Porto\nBob,Rome\n', QuoteNeverClosed),
        (b'Name\n"' + b"x" * 300_000 + b'"\n', QuoteNeverClosed), (b"Name," + b"x" * 1_100_000, LineTooLong), (b"," * 5_000 + b"Name\n", TooManyColumns),
        (b"a," * 500_000, TooManyColumns), (b"ana@acme.com,Porto\n", NoHeader),
    ],
)  # fmt: skip
def test_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, content: bytes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as refused:
        rows_of(written(tmp_path, content))
    assert "…" not in refused.value.message


def test_missing_file_directory_and_wrong_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        rows_of(tmp_path / "nothing.csv")
    with pytest.raises(FileUnreadable):
        rows_of(tmp_path)
    path = written(tmp_path, "Name\nJosé\n".encode("cp1252"))
    with pytest.raises(WrongEncoding):
        rows_of(path, "utf-8")
    with pytest.raises(WrongEncoding):
        rows_of(path, "klingon")


def test_unclosed_quote_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(QuoteNeverClosed) as refused:
        rows_of(written(tmp_path, b'Name\nAna\nBob\n"Cy\nDan\n'))
    assert refused.value.params == {"line": 4}


@pytest.mark.parametrize(("delimiter", "told"), [(",", None), (";", None), ("\t", None), ("|", None), ("\t", "tab"), (";", ";")])
def test_delimiter_is_told_or_found(tmp_path: Path, delimiter: str, told: str | None) -> None:
    columns, rows, _ = rows_of(written(tmp_path, f'"Na,me"{delimiter}City\nAna{delimiter}"Por{delimiter}to"\n'.encode()), delimiter=told)
    assert (columns, rows[0].cells) == (["Na,me", "City"], ["Ana", f"Por{delimiter}to"])


def test_bad_rows_stand_alone_and_blank_ones_do_not_count(tmp_path: Path) -> None:
    _, rows, _ = rows_of(written(tmp_path, b'Name,City\nAna,Porto\n\n"Bob"x,Rome\nCy,Oslo,more\nDan\n"E\nf",Bern,,\n'))
    assert [(r.number, r.line, r.cells, r.fault and r.fault[0]) for r in rows] == [
        (1, 2, ["Ana", "Porto"], None), (2, 4, ['"Bob"x,Rome'], "BAD_QUOTES"), (3, 5, ["Cy", "Oslo", "more"], "EXTRA_CELLS"), (4, 6, ["Dan"], None),
        (5, 7, ["E\nf", "Bern", "", ""], None)]  # fmt: skip


def test_old_mac_line_ends_and_nul_are_read(tmp_path: Path) -> None:
    columns, rows, _ = rows_of(written(tmp_path, b"Name,City\rAna,Por\0to\r"))
    assert (columns, [r.cells for r in rows]) == (["Name", "City"], [["Ana", "Por\0to"]])


def test_zoho_layout_maps_itself() -> None:
    mapped = map_columns(ZOHO, {})
    assert mapped.by_name == {
        "LEADID": "externalId", "Last Name": "lastName", "Company": "company", "Email": "email", "Mobile": "mobile", "Website": "website",
        "Industry": "industry", "Lead Source": "source", "Created Time": "createdAt",
    }  # fmt: skip
    assert mapped.ignored == ("Lead Owner", "Lead Status", "CONVERTED", "month_Created Time1")
    assert mapped.system == "zoho"


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        ("Vorname;Nachname;E-Mail;Firma;PLZ;Ort;Land", "firstName lastName email company postalCode city country"),
        ("Prénom;Nom;Courriel;Société;Ville;Pays", "firstName lastName email company city country"),
        ("First Name;Last Name;Email Address;Job Title;No. of Employees;State/Province", "firstName lastName email title employees region"),
        ("E-MAIL;Phone Number;Cell Phone;Comments", "email phone mobile need"),
    ],
)
def test_well_known_names_map_themselves(columns: str, fields: str) -> None:
    assert list(map_columns(columns.split(";"), {}).fields.values()) == fields.split()


def test_what_is_told_wins_and_is_not_guessed_again() -> None:
    mapped = map_columns(["Mail", "Email", "Name"], {"mail": "email", "Name": "-"})
    assert mapped.by_name == {"Mail": "email"}
    assert mapped.ignored == ("Email", "Name")


def test_missing_column_unknown_field_and_nobody_named_are_refused_with_a_hint() -> None:
    with pytest.raises(MissingColumns) as missing:
        map_columns(["First Name", "E-mail"], {"Frist Name": "firstName"})
    assert missing.value.fix == 'Did you mean "First Name"?'
    with pytest.raises(UnknownField) as unknown:
        map_columns(["Mail"], {"Mail": "emial"})
    assert unknown.value.fix == 'Did you mean "email"?'
    with pytest.raises(NothingIdentifies) as nobody:
        map_columns(["Color", "Shape"], {})
    assert "Color, Shape" in nobody.value.message


@pytest.mark.parametrize(("name", "noun", "system", "left"), [
    ("Accounts", "Company", "zoho", 6), ("Contacts", "Contact", "zoho", 2), ("Leads", "Lead", "zoho", 4), ("Potentials", "Deal", "zoho", 12),
    ("Calls", "Activity", "zoho", 8), ("Events", "Activity", "zoho", 7), ("Tasks", "Activity", None, 4),
])  # fmt: skip
def test_real_exports_are_known_by_their_headers(shared: Path, name: str, noun: str, system: str | None, left: int) -> None:
    with gzip.open(shared / "data" / f"zoho_crm_{name}.csv.gz", "rt", encoding="utf-8-sig") as file:
        columns = next(csv.reader(file))
    guessed = guess(columns)
    assert (guessed.noun, guessed.system, len(columns) - len(guessed.fields)) == (noun, system, left)
    assert map_columns(columns, {}, noun).says == ({"kind": "meeting"} if name == "Events" else {})


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-5", "@sum", "\tx", "\rx", " =x", "＝x", "＠x"])
def test_cells_a_spreadsheet_would_run_are_made_harmless(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


def test_faults_file_holds_fault_and_row(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    fault = {"row_number": 3, "column_name": "Mail", "code": "BAD_EMAIL", "message": "no address", "is_kept": True, "raw": {"Name": "=cmd()", "Mail": "x"}}
    with FaultsFile(path, ["Name", "Mail"]) as faults:
        faults.add([])
        assert not path.exists()
        faults.add([fault])
    assert (faults.written, faults.flawed) == (1, 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["row", "column", "code", "message", "kept", "Name", "Mail"], ["3", "Mail", "BAD_EMAIL", "no address", "yes", "'=cmd()", "x"]]  # fmt: skip
