"""The page of a form: works without script, says what is wrong beside the field, and keeps what was typed."""

import time
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from api.http.pages import CSP, page, said, text
from leadwell import capture
from leadwell.capture import Form, FormField
from leadwell.capture.submissions import TOUCH
from leadwell.capture.words import Voice

INPUTS = {"TEXT": "text", "EMAIL": "email", "PHONE": "tel", "URL": "url", "NUMBER": "text"}
COMPLETES = {
    "name": "name", "prefix": "honorific-prefix", "firstName": "given-name", "middleName": "additional-name", "lastName": "family-name",
    "suffix": "honorific-suffix", "email": "email", "phone": "tel", "mobile": "tel", "title": "organization-title", "company": "organization", "website": "url",
    "country": "country-name", "region": "address-level1", "city": "address-level2", "postalCode": "postal-code", "street": "street-address",
}  # fmt: skip
LONGEST_LABEL = 60
TRAVELS = (*TOUCH[:-2], *capture.CLICK_IDS)


def drawn(form: Form, values: Mapping[str, Any], refusal: capture.FormRefused | None = None) -> Response:
    """The page, empty or as it was sent with what is wrong with it."""
    wrong = {flaw.field: flaw.message for flaw in refusal.flaws} if refusal else {}
    intro = "".join(f"<p>{text(part)}</p>" for part in (form.intro or "").split("\n\n") if part.strip())
    title = f"{form.voice.say('again')} · {form.name}" if wrong else form.name
    body = f'<h1>{text(form.name)}</h1>{intro}{_summary(wrong, form)}{markup(form, f"/f/{form.key}", values, wrong)}'
    shown = page(title, body, style="form.css", script="form.js" if form.proof_bits else "", status=422 if wrong else 200, voice=form.voice)
    shown.headers["content-security-policy"] = CSP.replace("form-action 'self'", f"form-action 'self' {capture.origin_of(form.redirect_url)}".rstrip())
    return shown


def thanks(form: Form, name: str) -> Response:
    """Says "thanks" or "asked"; the form may have thanks of its own."""
    told = text(form.thank_you) if form.thank_you and name == "thanks" else said(form.voice, name)
    return page(form.name, f'<div class="thanks" role="status"><h1>{told}</h1></div>', style="form.css", voice=form.voice)


def closed(form: Form) -> Response:
    return page(form.name, f"<h1>{said(form.voice, 'closed')}</h1>", style="form.css", status=410, voice=form.voice)


def markup(form: Form, action: str, values: Mapping[str, Any], wrong: Mapping[str, str], *, plain: bool = False) -> str:
    """The form itself; `plain` for pages of others, which have neither our styles nor a stamp that is fresh."""
    voice = form.voice
    fields = "".join(_field(field, values, wrong.get(field.name), voice) for field in form.fields if not field.hidden)
    boxes = "".join(_box(consent, values, wrong.get(consent.name)) for consent in form.consents)
    travels = "".join(f'<input type="hidden" name="{name}" value="{text(value)}">' for name in TRAVELS if (value := _value(values, name)))
    work = f' data-proof-bits="{form.proof_bits}"' if form.proof_bits and not plain else ""
    stamp = "" if plain or not form.stamped else f'<input type="hidden" name="{capture.STAMP}" value="{text(capture.stamp(form.id, time.time()))}">'
    hide = ' style="position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"' if plain else ' class="gotcha"'
    trap = (
        f'<div{hide} aria-hidden="true"><label>{said(voice, "trap")}'
        f'<input type="text" name="{capture.HONEYPOT}" tabindex="-1" autocomplete="off"></label></div>'
    )
    note = "" if not work else f'<noscript><p class="hint">{said(voice, "noscript")}</p></noscript>'
    asks = any(f.required and not f.hidden for f in form.fields) or any(c.required for c in form.consents)
    needed = "" if plain or not asks else f'<p class="hint">{said(voice, "needed")}</p>'
    button = f'<p><button type="submit">{text(form.button) if form.button else said(voice, "send")}</button></p>'
    spoken = f' lang="{text(voice.locale)}" dir="{voice.direction}"' if plain else " novalidate"
    return f'<form method="post" action="{text(action)}"{spoken}{work}>{needed}{fields}{boxes}{travels}{stamp}{trap}{note}{button}</form>'


def _summary(wrong: Mapping[str, str], form: Form) -> str:
    """Says first what is wrong, in the order of the page, each line leading to its field."""
    if not wrong:
        return ""
    known = {f.name: f.label or f.name for f in form.fields if not f.hidden} | {c.name: c.text for c in form.consents}
    others = {name: "" for name in wrong if name not in known}
    told = "".join(f"<li>{_line(name, label, wrong[name])}</li>" for name, label in (known | others).items() if name in wrong)
    return f'<div class="wrong" role="alert" tabindex="-1" autofocus><h2>{said(form.voice, "again")}</h2><ul>{told}</ul></div>'


def _line(name: str, label: str, message: str) -> str:
    """The label is not said twice, nor a long one in full."""
    if not label:
        return text(message)
    short = label if len(label) <= LONGEST_LABEL else label[:LONGEST_LABEL].rsplit(" ", 1)[0] + "…"
    link = f'<a href="#f-{text(name)}"><bdi>{text(message if label in message else short.rstrip(".:"))}</bdi></a>'
    return link if label in message else f"{link}: <bdi>{text(message)}</bdi>"


def _field(field: FormField, values: Mapping[str, Any], wrong: str | None, voice: Voice) -> str:
    id, value = f"f-{text(field.name)}", _value(values, field.name) or (field.default or "")
    star = '<span class="star" aria-hidden="true"> *</span>' if field.required else ""
    told = (["h"] if field.hint else []) + (["e"] if wrong else [])
    marks = f' id="{id}" name="{text(field.name)}"' + (" required" if field.required else "")
    marks += f' aria-describedby="{" ".join(f"{id}-{kind}" for kind in told)}"' if told else ""
    marks += ' aria-invalid="true"' if wrong else ""
    marks += f' autocomplete="{COMPLETES[field.fills]}"' if field.fills in COMPLETES else ""
    hint = f'<span class="hint" id="{id}-h">{text(field.hint)}</span>' if field.hint else ""
    marks += ' dir="ltr"' if voice.direction == "rtl" and field.kind in ("EMAIL", "PHONE", "URL", "NUMBER") else ""
    error = f'<span class="error" id="{id}-e"><bdi>{text(wrong)}</bdi></span>' if wrong else ""
    return f'<div class="field"><label for="{id}">{text(field.label or field.name)}{star}</label>{_input(field, marks, value, voice)}{hint}{error}</div>'


def _input(field: FormField, marks: str, value: str, voice: Voice) -> str:
    if field.kind == "TEXTAREA":
        return f'<textarea rows="5"{marks}>\n{text(value)}</textarea>'
    if field.kind == "CHOICE":
        picked = "".join(f"<option{' selected' if option == value else ''}>{text(option)}</option>" for option in field.options)
        foreign = "" if voice.knows("choose") else ' lang="en"'
        return f'<select{marks}><option value=""{foreign}>{text(voice.say("choose"))}</option>{picked}</select>'
    numeric = ' inputmode="numeric"' if field.kind == "NUMBER" else ""
    return f'<input type="{INPUTS[field.kind]}"{marks}{numeric} value="{text(value)}">'


def _box(consent: capture.FormConsent, values: Mapping[str, Any], wrong: str | None) -> str:
    """Never ticked beforehand."""
    id = f"f-{consent.name}"
    star = '<span class="star" aria-hidden="true"> *</span>' if consent.required else ""
    marks = (" required" if consent.required else "") + (f' aria-invalid="true" aria-describedby="{id}-e"' if wrong else "")
    marks += " checked" if _value(values, consent.name) else ""
    error = f'<span class="error" id="{id}-e"><bdi>{text(wrong)}</bdi></span>' if wrong else ""
    box = f'<input type="checkbox" id="{id}" name="{consent.name}" value="yes"{marks}>'
    return f'<div class="box">{box}<label for="{id}">{text(consent.text)}{star}</label>{error}</div>'


def _value(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value[:10_000] if isinstance(value, str) else ""
