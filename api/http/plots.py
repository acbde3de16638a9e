"""Plots as inline SVG: no script, a title and a sentence for those who hear them, colors from the page's style."""

from collections.abc import Sequence

from api.http.pages import text

Point = tuple[float, float]
SIDE, LEFT, TOP, PLOT = 360, 52, 14, 280
TICKS = (0, 25, 50, 75, 100)


def plot(name: str, title: str, told: str, across: str, up: str, points: Sequence[Point], *, most: float = 1.0) -> str:
    """A line with dots over the square from 0 to `most`, with the diagonal; `told` says in a sentence what is seen."""
    place = [(LEFT + x / most * PLOT, TOP + PLOT - y / most * PLOT) for x, y in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in place)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{_percent(a)} {text(across)}: {_percent(b)} {text(up)}</title></circle>'
        for (x, y), (a, b) in zip(place, points, strict=True))
    return (
        f'<svg viewBox="0 0 {SIDE} {SIDE}" role="img" aria-labelledby="{name}-title {name}-told"><title id="{name}-title">{text(title)}</title>'
        f'<desc id="{name}-told">{text(told)}</desc>{_axes(across, up, most)}'
        f'<line class="even" x1="{LEFT}" y1="{TOP + PLOT}" x2="{LEFT + PLOT}" y2="{TOP}"/><polyline class="line" points="{line}"/>{dots}</svg>'
    )


def _axes(across: str, up: str, most: float) -> str:
    parts = [f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{PLOT}" height="{PLOT}"/>']
    for tick in TICKS:
        at, shown = tick / 100 * PLOT, f"{tick * most:.0f}%"
        parts.append(f'<line class="grid" x1="{LEFT + at:.0f}" y1="{TOP}" x2="{LEFT + at:.0f}" y2="{TOP + PLOT}"/>')
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{TOP + PLOT - at:.0f}" x2="{LEFT + PLOT}" y2="{TOP + PLOT - at:.0f}"/>')
        parts.append(f'<text x="{LEFT + at:.0f}" y="{TOP + PLOT + 18}" text-anchor="middle">{shown}</text>')
        parts.append(f'<text x="{LEFT - 8}" y="{TOP + PLOT - at + 4:.0f}" text-anchor="end">{shown}</text>')
    middle = TOP + PLOT / 2
    parts.append(f'<text x="{LEFT + PLOT / 2:.0f}" y="{TOP + PLOT + 40}" text-anchor="middle">{text(across)}</text>')
    parts.append(f'<text x="12" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 12 {middle:.0f})">{text(up)}</text>')
    return "".join(parts)


def _percent(share: float) -> str:
    return f"{share:.1%}"
