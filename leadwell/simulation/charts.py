"""Charts of a rehearsal as SVG, pure: no script, no font, nothing from elsewhere; each with a title and a sentence for those who hear it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

WIDTH, INK, FAINT, BLUE, GROUND = 860, "#1b1f24", "#5c6570", "#1f5fbf", "#ffffff"
STEPS = ("#d5e3f7", "#a9c6ee", "#6f9fe0", "#3b78cf", "#174a99")     # of the greatest hour: a fifth, two fifths …
LEFT, ROW, HEAD = 220, 26, 30
MOST_COLUMNS = 112
Rows = Sequence[tuple[str, int]]


def hours(result: Mapping[str, Any], zone: str) -> str:
    """Sends by hour of the day and day (or week, of a long time) on the workspace's clock."""
    cells, days, span = _cells(result["perHour"], ZoneInfo(zone))
    most = max(cells.values(), default=0)
    wide = (WIDTH - 60) / max(len(days), 1)
    marks = "".join(
        f'<rect x="{50 + column * wide:.2f}" y="{HEAD + hour * 12}" width="{max(wide - 0.6, 0.8):.2f}" height="11" {_shade(count, most)}>'
        f"<title>{days[column]:%Y-%m-%d} {hour:02}:00: {count:,}</title></rect>" for (column, hour), count in sorted(cells.items()))
    peak = result.get("peakHour")
    told = "No mail is sent." if not peak else (
        f"{result['sends']:,} mails leave between {_day(result['firstSendAt'])} and {_day(result['lastSendAt'])}; "
        f"the busiest hour, {_moment(peak['at'], zone)}, has {peak['sends']:,}.")
    return _figure("sends", f"Sends per hour, a column a {span}", told, _grid(days, wide) + marks + _scale(most), HEAD + 24 * 12 + 58)


def exits(result: Mapping[str, Any]) -> str:
    """Who comes to which end."""
    rows = [(words(one["reason"]), one["people"]) for one in result["exits"]]
    first = f" Most of them: {rows[0][0].lower()} ({rows[0][1]:,})." if rows else ""
    return _bars("exits", "Where people come out", f"{result['entered']:,} of {result['people']:,} people enter.{first}", rows)


def collisions(result: Mapping[str, Any]) -> str:
    """Whom two sequences write to within a day."""
    found = result["collisions"]
    rows = [(" + ".join(pair["sequences"]), pair["people"]) for pair in found["pairs"]]
    told = f"{found['people']:,} people get mail of two sequences within 24 hours." if rows else "Nobody gets mail of two sequences within 24 hours."
    return _bars("collisions", "Collisions between sequences", told, rows)


def picture(name: str, result: Mapping[str, Any], zone: str) -> str:
    """All charts as one image file."""
    parts = [hours(result, zone), exits(result), collisions(result)]
    heights = [int(part.split('height="', 1)[1].split('"', 1)[0]) for part in parts]
    y, placed = 70, ""
    for part, height in zip(parts, heights, strict=True):
        placed += part.replace("<svg ", f'<svg x="20" y="{y}" ', 1)
        y += height + 20
    title = f"Rehearsal of {name}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 40} {y}" width="{WIDTH + 40}" height="{y}" font-family="system-ui, sans-serif" '
        f'role="img" aria-label="{escape(title)}"><rect width="100%" height="100%" fill="{GROUND}"/>'
        f'<text x="20" y="36" font-size="20" font-weight="600" fill="{INK}">{escape(title)}</text>'
        f'<text x="20" y="56" font-size="12" fill="{FAINT}">{escape(summary(result))}</text>{placed}</svg>\n')


def summary(result: Mapping[str, Any]) -> str:
    """The rehearsal in a sentence."""
    waits = sum(result["waits"].values())
    return (f"{result['people']:,} people, {_day(result['from'])} to {_day(result['until'])}: {result['entered']:,} entered, {result['sends']:,} mails, "
            f"{waits:,} times a mail had to wait, seed {result['seed']}")


def words(code: str) -> str:
    """A code as it is read."""
    return code.replace("_", " ").capitalize()


def _cells(per_hour: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> tuple[dict[tuple[int, int], int], list[date], str]:
    """Counts by column and hour of the day, the first day of each column, and how long a column is."""
    at = [(datetime.fromisoformat(one["at"]).astimezone(zone), int(one["sends"])) for one in per_hour]
    if not at:
        return {}, [], "day"
    first, last = at[0][0].date(), at[-1][0].date()
    length, span = next((n, called) for n, called in ((1, "day"), (7, "week"), (30, "month")) if (last - first).days // n < MOST_COLUMNS or n == 30)
    columns = (last - first).days // length + 1
    cells: dict[tuple[int, int], int] = {}
    for moment, count in at:
        cell = ((moment.date() - first).days // length, moment.hour)
        cells[cell] = cells.get(cell, 0) + count
    return cells, [first + timedelta(days=length * i) for i in range(columns)], span


def _grid(days: Sequence[date], wide: float) -> str:
    lines = "".join(f'<text x="42" y="{HEAD + hour * 12 + 9}" font-size="10" text-anchor="end" fill="{FAINT}">{hour:02}:00</text>' for hour in range(0, 24, 3))
    every = max(1, -(-len(days) // 8))
    dates = "".join(
        f'<text x="{50 + i * wide:.1f}" y="{HEAD + 24 * 12 + 14}" font-size="10" fill="{FAINT}">{days[i]:%d %b %Y}</text>' for i in range(0, len(days), every))
    return f'<rect x="50" y="{HEAD}" width="{WIDTH - 60}" height="{24 * 12}" class="frame" fill="none" stroke="#c9d1d9"/>{lines}{dates}'


def _scale(most: int) -> str:
    y = HEAD + 24 * 12 + 28
    squares = "".join(
        f'<rect x="{50 + i * 110}" y="{y}" width="14" height="12" class="s{i + 1}" fill="{color}"/>'
        f'<text x="{70 + i * 110}" y="{y + 10}" font-size="10" fill="{FAINT}">'
        f"up to {-(-most * (i + 1) // len(STEPS)):,}</text>" for i, color in enumerate(STEPS))
    return squares if most else ""


def _shade(count: int, most: int) -> str:
    step = min(len(STEPS) - 1, max(0, -(-count * len(STEPS) // most) - 1))
    return f'class="s{step + 1}" fill="{STEPS[step]}"'


def _bars(name: str, title: str, told: str, rows: Rows) -> str:
    most = max((count for _, count in rows), default=0) or 1
    drawn = "".join(
        f'<text x="{LEFT - 8}" y="{HEAD + i * ROW + 16}" font-size="12" text-anchor="end" fill="{INK}">{escape(_short(label))}</text>'
        f'<rect x="{LEFT}" y="{HEAD + i * ROW + 4}" width="{max(count / most * (WIDTH - LEFT - 90), 1):.1f}" height="16" class="bar" fill="{BLUE}"/>'
        f'<text x="{LEFT + max(count / most * (WIDTH - LEFT - 90), 1) + 6:.1f}" y="{HEAD + i * ROW + 16}" font-size="12" fill="{INK}">{count:,}</text>'
        for i, (label, count) in enumerate(rows[:20]))
    none = "" if rows else f'<text x="20" y="{HEAD + 18}" font-size="12" fill="{FAINT}">None.</text>'
    return _figure(name, title, told, drawn + none, HEAD + max(len(rows[:20]), 1) * ROW + 10)


def _figure(name: str, title: str, told: str, inside: str, height: int) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="{name}-title {name}-told">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-told">{escape(told)}</desc>'
        f'<text class="title" x="0" y="16" font-size="14" font-weight="600" fill="{INK}">{escape(title)}</text>{inside}</svg>')


def _short(text: str) -> str:
    return text if len(text) <= 34 else text[:33] + "…"


def _day(at: str | None) -> str:
    return datetime.fromisoformat(at).date().isoformat() if at else "never"


def _moment(at: str, zone: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
