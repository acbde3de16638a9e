"""GET /simulations/{id}: what a rehearsal came to, as charts with a table beside each; /simulations/{id}.svg: the charts as an image."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.act import id_of
from api.house import house
from api.http.pages import page, text
from api.meter import LOOK
from leadwell.access import Unauthenticated
from leadwell.base.refusals import NotFound
from leadwell.catalog import CATALOG, matching_ids
from leadwell.simulation import charts

STATES = {"RUNNING": "is under way", "DONE": "is done", "CANCELED": "was stopped", "FAILED": "came to nothing"}
IMAGE = {"content-security-policy": "default-src 'none'", "content-disposition": 'inline; filename="rehearsal.svg"'}


async def show(request: Request) -> Response:
    """The page; for whoever may read sequences."""
    row = await _row(request)
    head = f'<h1>Rehearsal of {text(row["name"])}</h1><p class="state">It {STATES[row["state"]]}.</p>'
    if row["state"] == "RUNNING":
        head += (f'<p><progress max="{row["total_days"]}" value="{row["done_days"]}">{row["done_days"]} of {row["total_days"]} days</progress></p>'
                 f'<p>{row["done_days"]} of {row["total_days"]} days. Look again in a moment.</p>')
    if row["error"]:
        head += f'<p role="alert">{text(row["error"])}</p>'
    return page("Rehearsal", head + (_body(row) if row["result"] else ""), style="simulation.css")


async def image(request: Request) -> Response:
    """The charts alone, once it is done."""
    row = await _row(request)
    if not row["result"]:
        raise NotFound(noun="chart")
    return Response(charts.picture(row["name"], row["result"], row["result"]["zone"]), media_type="image/svg+xml", headers=IMAGE)


async def _row(request: Request) -> Any:
    here = house(request)
    viewer, _ = await here.caller(request)
    if viewer is None:
        raise Unauthenticated()
    here.charge(request, viewer, LOOK)
    viewer.need("sequences", "read")
    id: UUID = id_of(request.path_params["id"], "Simulation", "id")
    async with here.kit.db.read(viewer.actor(request.state.request_id)) as tx:
        seen = await matching_ids(tx, CATALOG["Simulation"], {}, viewer, ids=[id])
        row = await tx.row(
            "SELECT s.*, q.name FROM simulations s JOIN sequences q ON q.workspace_id = $1 AND q.id = s.sequence_id "
            "WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, id) if seen else None
    if row is None:
        raise NotFound(noun="simulation", field="id")
    return row


def _body(row: Any) -> str:
    r: Mapping[str, Any] = row["result"]
    changes = [f"{one['zone']} {one['on']} ({one['minutes']:+} min, {one['people']:,} people)" for one in r["clockChanges"]]
    holidays = [f"{one['name'] or one['on']} {one['on']} ({one['sends']:,} mails)" for one in r["holidays"]]
    facts = [
        ("People", f"{r['people']:,}, of whom {r['entered']:,} enter{_list(r['refused'], '; not: ')}"),
        ("Mails", f"{r['sends']:,}, {r['bounced']:,} of them bounce"),
        ("First and last", f"{_when(r['firstSendAt'])} – {_when(r['lastSendAt'])}"), ("Left out", _list(r["skipped"]) or "none"),
        ("Had to wait", _list(r["waits"]) or "none"),
        ("Opened, clicked, answered", " / ".join(f"{r['answers'][k]:,}" for k in ("opened", "clicked", "replied"))),
        ("Clocks put", ", ".join(changes) or "none"), ("Holidays", ", ".join(holidays) or "none"), ("Seed", str(r["seed"])),
    ]  # fmt: skip
    days: dict[str, int] = {}
    for one in r["perHour"]:
        days[one["at"][:10]] = days.get(one["at"][:10], 0) + one["sends"]
    return (
        f"<dl>{''.join(f'<dt>{k}</dt><dd>{text(v)}</dd>' for k, v in facts)}</dl>"
        + _figure("Sends per hour", charts.hours(r, r["zone"]), ("Day (UTC)", "Mails"), [(day, f"{n:,}") for day, n in days.items()])
        + _figure("Where people come out", charts.exits(r), ("End", "People"), [(charts.words(one["reason"]), f"{one['people']:,}") for one in r["exits"]])
        + _figure("Collisions between sequences", charts.collisions(r), ("Sequences", "People", "Times"),
                  [(" + ".join(one["sequences"]), f"{one['people']:,}", f"{one['times']:,}") for one in r["collisions"]["pairs"]])
        + "<h2>Steps</h2>" + _table(("Step", "Kind", "People", "Mails", "How they left it"), [_step(one) for one in r["steps"]])
        + "<h2>Mailboxes</h2>" + _table(("Sender", "Mails", "Most in an hour", "Most in a day"), [
            (one["sender"], f"{one['sends']:,}", f"{one['mostInAnHour']:,}", f"{one['mostInADay']:,}") for one in r["perMailbox"]]))


def _step(one: Mapping[str, Any]) -> tuple[str, ...]:
    return one["name"] or one["step"], charts.words(one["kind"]), f"{one['people']:,}", f"{one.get('sends', 0):,}", _list(one["left"])


def _when(at: str | None) -> str:
    return f"{at[:16].replace('T', ' ')} UTC" if at else "none"


def _list(counts: Mapping[str, int], before: str = "") -> str:
    told = ", ".join(f"{charts.words(name).lower()} {n:,}" for name, n in counts.items())
    return before + told if told else ""


def _figure(title: str, shown: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return f"<figure><h2>{title}</h2>{shown}<figcaption>The same as a table:</figcaption>{_table(head, rows)}</figure>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{text(h)}</th>' for h in head)
    body = "".join(f'<tr><th scope="row">{text(row[0])}</th>{"".join(f"<td>{text(cell)}</td>" for cell in row[1:])}</tr>' for row in rows)
    none = f'<tr><td colspan="{len(head)}">None.</td></tr>'
    return f'<div class="wide" tabindex="0"><table><thead><tr>{top}</tr></thead><tbody>{body or none}</tbody></table></div>'


routes: list[BaseRoute] = [Route("/simulations/{id:str}.svg", image, methods=["GET"]), Route("/simulations/{id:str}", show, methods=["GET"])]
