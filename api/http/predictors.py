"""GET /predictors/{id}: the card of a predictor, for people: how good it is, what it learnt from, what it left out and why."""

from collections.abc import Iterable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.act import id_of
from api.house import house
from api.http.pages import page, text
from api.http.plots import plot
from api.meter import LOOK
from leadwell.access import Unauthenticated
from leadwell.base.refusals import NotFound
from leadwell.catalog import CATALOG, matching_ids

OUT = {"LEAK": "left out: it gives the outcome away", "MOVED": "left out: its values are not what they were", "SAME": "left out: the same for all"}
STATES = {
    "TRAINING": "is being trained", "READY": "is trained, and not in use", "LIVE": "is in use", "RETIRED": "was in use", "REFUSED": "could not be trained"}


async def card(request: Request) -> Response:
    """The page; for whoever may read predictors."""
    here = house(request)
    viewer, _ = await here.caller(request)
    if viewer is None:
        raise Unauthenticated()
    here.charge(request, viewer, LOOK)
    viewer.need("predictors", "read")
    id = id_of(request.path_params["id"], "Predictor", "id")
    async with here.kit.db.read(viewer.actor(request.state.request_id)) as tx:
        seen = await matching_ids(tx, CATALOG["Predictor"], {}, viewer, ids=[id])
        row = await tx.row("SELECT p.* FROM predictors p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, id) if seen else None
    if row is None:
        raise NotFound(noun="predictor", field="id")
    return page("Chance of conversion", _body(row), style="card.css")


def _body(row: Any) -> str:
    when = f", trained <time>{row['trained_at']:%Y-%m-%d %H:%M} UTC</time>" if row["trained_at"] else ""
    head = f'<h1>Chance of conversion</h1><p class="state">This predictor {STATES[row["state"]]}{when}.</p>'
    if row["state"] == "REFUSED":
        return f'{head}<p role="alert">{text(row["refusal"])}</p>'
    return head + (_figures(row["card"]) if row["card"] else "<p>Look again in a minute.</p>")


def _figures(c: dict[str, Any]) -> str:
    better = 1 - c["brier"] / c["brierOfBase"]
    facts = [
        ("Closed leads learnt from", f"{c['leads']:,}, {c['converted']:,} of them converted"),
        ("Tried on", f"the {c['heldOut']:,} that closed last, which it had not seen; {c['share']:.1%} of them were converted"),
        ("Tells which of two is converted", f"{c['auc']:.1%} of the time (AUC {c['auc']:.3f}; 50% is guessing)"),
        ("Average precision", f"{c['averagePrecision']:.3f} (guessing: {c['share']:.3f})"),
        ("Brier score", f"{c['brier']:.4f}, {abs(better):.0%} {'better' if better > 0 else 'worse'} than the share before ({c['brierOfBase']:.4f})"),
        ("Calibration", "by steps" if c["calibration"] == "ISOTONIC" else "logistic"),
    ]
    return (
        _alarm(c.get("since") or {}, "Since it was trained") + _alarm(c["drift"], "Among the leads it was tried on")
        + f"<dl>{''.join(f'<dt>{k}</dt><dd>{text(v)}</dd>' for k, v in facts)}</dl><div class=\"plots\">{_calibration(c['bins'])}{_lift(c['lift'])}</div>"
        + f"<h2>Features</h2>{_features(c['features'])}" + (f"<p>Told together: {text(', '.join(c['pairs']))}.</p>" if c["pairs"] else "")
    )


def _alarm(drift: dict[str, Any], where: str) -> str:
    if not drift.get("alarm"):
        return ""
    return (
        f'<p role="alert">{where}, {drift["after"]:.1%} were converted, and {drift["before"]:.1%} of those before: chances may be too '
        f"{'low' if drift['after'] > drift['before'] else 'high'}. Train again soon.</p>")


def _calibration(bins: Sequence[dict[str, Any]]) -> str:
    points = [(b["told"], b["met"]) for b in bins]
    most = next(m for m in (0.2, 0.4, 0.6, 0.8, 1.0) if m >= min(1.0, max(max(p) for p in points)))
    (low, low_met), (high, high_met) = points[0], points[-1]
    told = f"From {low:.0%} told and {low_met:.0%} met to {high:.0%} told and {high_met:.0%} met. On the diagonal, chances are met exactly."
    rows = [(f"{b['leads']:,}", f"{b['told']:.1%}", f"{b['met']:.1%}") for b in bins]
    shown = plot("calibration", "Are chances met?", told, "chance told", "converted", points, most=most)
    says = "A dot for each tenth of the leads; on the dashed line, chances are met exactly."
    return _figure("Are chances met?", says, shown, ("Leads", "Told", "Converted"), rows)


def _lift(steps: Sequence[dict[str, Any]]) -> str:
    points = [(0.0, 0.0), *((s["share"], s["captured"]) for s in steps)]
    told = f"The best tenth of the leads holds {steps[0]['captured']:.0%} of the converted ones, {steps[0]['lift']:.1f} times as many as a tenth at random."
    rows = [(f"{s['share']:.0%}", f"{s['captured']:.1%}", f"{s['lift']:.2f} ×") for s in steps]
    shown = plot("lift", "Who comes first?", told, "leads, best chance first", "of the converted", points)
    return _figure("Who comes first?", told, shown, ("Best leads", "Of the converted", "Lift"), rows)


def _figure(title: str, told: str, shown: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return f"<figure><h2>{title}</h2>{shown}<figcaption>{text(told)}</figcaption><details><summary>As a table</summary>{_table(head, rows)}</details></figure>"


def _features(features: Sequence[dict[str, Any]]) -> str:
    ranked = sorted(features, key=lambda f: (f["out"] is not None, -f["span"], f["name"]))
    rows = [(f["name"], OUT.get(f["out"], f"{f['span']:.2f}"), f"{f['auc']:.3f}", f"{f['shift']:.2f}", f"{f['missingShift']:.2f}") for f in ranked]
    note = (
        "<p>Weight: between the value that says most for conversion and the one that says most against it, in log-odds. Moved: how far values, and whether "
        "there is one, are from what they were in the earlier half (stability index; above 0.25 is commonly held to be much).</p>")
    return _table(("Feature", "Weight", "AUC alone", "Moved", "Missing moved"), rows) + note


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{text(h)}</th>' for h in head)
    body = "".join(f'<tr><th scope="row">{text(row[0])}</th>{"".join(f"<td>{text(cell)}</td>" for cell in row[1:])}</tr>' for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


routes: list[BaseRoute] = [Route("/predictors/{id}", card, methods=["GET"])]
