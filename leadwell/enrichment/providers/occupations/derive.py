"""Derives the table of occupations from O*NET's alternate titles: `python -m leadwell.enrichment.providers.occupations.derive FILE`.

FILE is "Alternate Titles" of the O*NET database (tab-separated, gzip or not: SOC code, title, …). Kept are endings of titles, one or two words,
whose occupations nearly all belong to one department, and short titles that no ending explains, where our own phrases say nothing.
"""

import gzip
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from leadwell.enrichment.providers.titles import phrase_of, words_of

TABLE = Path(__file__).with_name("occupations.txt")
LEAST, PUREST, LONGEST = 4, 0.92, 4
# The department of an occupation by the beginning of its SOC code, the longest that fits; "-": none of a company's departments.
DEPARTMENTS = {
    beginning: department
    for department, beginnings in {
        "EXECUTIVE": "11-1011", "MARKETING": "11-2011 11-2021 11-2032 13-1121 13-1161 27-3031 27-3043", "ADMINISTRATION": "11-3012 43",
        "SALES": "11-2022 41", "OPERATIONS": "11-3013 11-3051 11-3071 11-9021 13-1081 13-1082 15-2031 19-5 43-5 47 49 51 53",
        "IT": "11-3021 15-1211 15-1212 15-123 15-124 15-1299", "FINANCE": "11-3031 13-2 43-3", "PURCHASING": "11-3061 13-102 43-3061",
        "HR": "11-3111 11-3121 11-3131 13-1071 13-1075 13-1141 13-1151 43-4161", "EDUCATION": "11-903 25", "HEALTHCARE": "11-9111 29 31 19-3033",
        "ENGINEERING": "11-9041 15-1251 15-1252 15-1253 15-1254 17", "RESEARCH": "11-9121 15-1221 19", "LEGAL": "11-9199.01 11-9199.02 13-1041 23",
        "DATA": "15-2", "DESIGN": "15-1255 17-101 27-1", "SUPPORT": "43-4051", "CONSULTING": "13-1111",
        "-": "13-1041.04 13-1041.06 13-1074 19-303 23-1023 25-4 27-1012 27-1013 41-9012 53-2 53-301 29-9091",
    }.items()
    for beginning in beginnings.split()
}  # fmt: skip


def department_of(code: str) -> str | None:
    """The department of a SOC code."""
    found = next((DEPARTMENTS[code[:size]] for size in range(len(code), 1, -1) if code[:size] in DEPARTMENTS), None)
    return None if found == "-" else found


def derive(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The table: ending ("* riveter") or whole title to department, from (SOC code, title)."""
    titles: dict[str, Counter[str]] = defaultdict(Counter)
    for code, title in rows:
        words = words_of(title)
        if words and phrase_of(words)[0] is None:
            titles[words][department_of(code) or "-"] += 1
    endings: dict[str, Counter[str]] = defaultdict(Counter)
    for title, found in titles.items():
        words = title.split()
        for size in (1, 2):
            if len(words) >= size:
                endings[" ".join(words[-size:])] += found
    table = {f"* {ending}": department for ending, found in endings.items() if (department := _clear(found, LEAST))}
    kept = {ending: department for ending, department in table.items() if not _explained(ending, table, department)}
    whole = ((title, _clear(found, 1)) for title, found in titles.items() if len(title.split()) <= LONGEST)
    return kept | {title: department for title, department in whole if department and _office(department) and not _explained(f"* {title}", kept, None)}


def _clear(found: Counter[str], least: int) -> str | None:
    department, count = found.most_common(1)[0]
    return department if department != "-" and found.total() >= least and count / found.total() >= PUREST else None


def _office(department: str) -> bool:
    """Trades have more names than anyone can list; their endings do."""
    return department not in ("OPERATIONS", "HEALTHCARE", "EDUCATION")


def _explained(entry: str, table: dict[str, str], department: str | None) -> bool:
    """Whether a shorter ending says the same already."""
    shorter = table.get(f"* {entry.split()[-1]}")
    return f"* {entry.split()[-1]}" != entry and shorter is not None and department in (None, shorter)


def main(path: Path) -> None:
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode().splitlines()[1:]
    table = derive((code, title) for code, title, *_ in (line.split("\t") for line in lines))
    by: dict[str, list[str]] = defaultdict(list)
    for entry, department in sorted(table.items()):
        by[department].append(entry)
    TABLE.write_text("".join(f"{department}|{'|'.join(entries)}\n" for department, entries in sorted(by.items())))
    print(f"{len(table)} entries, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
