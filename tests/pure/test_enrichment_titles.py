"""What a job title says about department and seniority, checked by hand."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwell.enrichment.providers.departments import phrases
from leadwell.enrichment.providers.occupations.derive import department_of, derive
from leadwell.enrichment.providers.titles import phrase_of, read_title, words_of

TABLE = """
CEO | EXECUTIVE | C_LEVEL
Chief Executive Officer | EXECUTIVE | C_LEVEL
Co-Founder & CEO | EXECUTIVE | OWNER
Owner | EXECUTIVE | OWNER
President | EXECUTIVE | C_LEVEL
Managing Director | EXECUTIVE | C_LEVEL
General Manager | EXECUTIVE | MANAGER
Partner | EXECUTIVE | OWNER
Chief Financial Officer (CFO) | FINANCE | C_LEVEL
CTO | ENGINEERING | C_LEVEL
CIO | IT | C_LEVEL
CISO | IT | C_LEVEL
CMO | MARKETING | C_LEVEL
Chief Revenue Officer | SALES | C_LEVEL
Chief People Officer | HR | C_LEVEL
General Counsel | LEGAL | DIRECTOR
VP Sales | SALES | VP
Vice President, Marketing | MARKETING | VP
SVP of Engineering | ENGINEERING | VP
Head of Growth | MARKETING | HEAD
Head of Product | PRODUCT | HEAD
Director of Sales Operations | SALES | DIRECTOR
Director of Product Marketing | MARKETING | DIRECTOR
IT Director | IT | DIRECTOR
Marketing Manager | MARKETING | MANAGER
Product Manager | PRODUCT | MANAGER
Product Owner | PRODUCT | None
Project Manager | OPERATIONS | MANAGER
IT Project Manager | IT | MANAGER
Customer Success Manager | SUPPORT | MANAGER
Account Executive | SALES | None
Sr. Account Manager | SALES | MANAGER
Sales Engineer | SALES | None
Senior Software Engineer | ENGINEERING | SENIOR
Principal Engineer | ENGINEERING | SENIOR
Junior Developer | ENGINEERING | ENTRY
Marketing Intern | MARKETING | INTERN
Lead Generation Specialist | MARKETING | None
Data Scientist | DATA | None
UX Designer | DESIGN | None
HR Business Partner | HR | None
Recruiter | HR | None
Tax Consultant | FINANCE | None
Accounts Payable Clerk | FINANCE | ENTRY
Executive Assistant to the CEO | ADMINISTRATION | ENTRY
Office Manager | OPERATIONS | MANAGER
President's Assistant | ADMINISTRATION | ENTRY
Business Developer | SALES | None
Java Architect | IT | None
Buyer | PURCHASING | None
Warehouse Supervisor | OPERATIONS | MANAGER
Network Administrator | IT | None
Registered Nurse | HEALTHCARE | None
Assistant Professor | EDUCATION | ENTRY
Former CEO | None | None
Geschäftsführer | EXECUTIVE | C_LEVEL
Geschaeftsfuehrerin | EXECUTIVE | C_LEVEL
Vertriebsleiter | SALES | HEAD
Leiter Einkauf (m/w/d) | PURCHASING | HEAD
Leiterin Personal | HR | HEAD
Entwickler:in | ENGINEERING | None
Werkstudent Marketing | MARKETING | INTERN
Directeur commercial | SALES | DIRECTOR
Directrice des ressources humaines | HR | DIRECTOR
Responsable informatique | IT | HEAD
Stagiaire comptabilité | FINANCE | INTERN
PDG | EXECUTIVE | C_LEVEL
Director de Ventas | SALES | DIRECTOR
Gerente General | EXECUTIVE | C_LEVEL
Jefe de Compras | PURCHASING | HEAD
Ingeniero de software | ENGINEERING | None
Bull Riveter | OPERATIONS | None
Phlebotomist | HEALTHCARE | None
Zyzzyva | None | None
VP Sales @ Acme Marketing Inc | SALES | VP
"""


def said(value: str) -> str | None:
    return None if value == "None" else value


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_title_tells_department_and_seniority(row: str) -> None:
    title, department, seniority = (part.strip() for part in row.split("|"))
    reading = read_title(title)
    assert (reading.department, reading.seniority) == (said(department), said(seniority))


@given(st.text())
def test_any_text_may_be_a_title(text: str) -> None:
    assert read_title(text).department in {None, *phrases().values()}


def test_titles_of_offices_get_the_right_department(shared: Path) -> None:
    rows = [line.split("\t") for line in gzip.decompress((shared / "data" / "onet_alternate_titles.txt.gz").read_bytes()).decode().splitlines()[1:]]
    wanted = {"11-2022": "SALES", "11-2021": "MARKETING", "11-3031": "FINANCE", "11-3121": "HR", "23-1011": "LEGAL"}
    read = [(wanted[row[0][:7]], read_title(row[1]).department) for row in rows if row[0][:7] in wanted]
    told = [(right, found) for right, found in read if found]
    assert len(told) / len(read) > 0.7
    assert sum(right == found for right, found in told) / len(told) > 0.85


def test_table_of_occupations_reads_titles_it_has_not_seen(shared: Path) -> None:
    """Derived from one half of O*NET, it decides about a fifth more of the other half, and is right."""
    lines = gzip.decompress((shared / "data" / "onet_alternate_titles.txt.gz").read_bytes()).decode().splitlines()[1::2]
    rows = [(line.split("\t")[0], line.split("\t")[1]) for line in lines]
    table = derive(rows[::2])
    unread = [(department_of(code), words_of(title)) for code, title in rows[1::2] if department_of(code) and phrase_of(words_of(title))[0] is None]
    ends = {words: (words, f"* {' '.join(words.split()[-2:])}", f"* {words.split()[-1]}") for _, words in unread if words}
    told = [(right, next((table[end] for end in ends[words] if end in table), None)) for right, words in unread if words]
    found = [(right, one) for right, one in told if one]
    assert (len(found) / len(unread), sum(right == one for right, one in found) / len(found)) > (0.25, 0)
    assert sum(right == one for right, one in found) / len(found) > 0.9


def test_department_of_an_occupation_is_that_of_its_longest_beginning() -> None:
    codes = ("11-1011.00", "11-2022.00", "43-4051.00", "43-4161.00", "43-6014.00", "13-1041.06", "21-2011.00", "15-1252.00", "99")
    assert [department_of(code) for code in codes] == ["EXECUTIVE", "SALES", "SUPPORT", "HR", "ADMINISTRATION", None, None, "ENGINEERING", None]
