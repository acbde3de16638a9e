"""The HTML of a kept mail, made safe to look at: no script, no form, nothing fetched from anywhere."""

from starlette.responses import HTMLResponse

LOOKS = {
    "style", "align", "valign", "width", "height", "bgcolor", "background", "color", "face", "size", "border",
    "cellpadding", "cellspacing", "dir", "lang", "title",
}
ATTRIBUTES = {"*": LOOKS, "a": {"href", "hreflang"}, "img": {"src", "alt"}}
SCHEMES = {"http", "https", "mailto", "tel", "data"}
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
CSP = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    f"frame-ancestors 'self'; sandbox {SANDBOX}"
)
PLAIN = (
    "body{margin:1rem;font:16px/1.5 system-ui,sans-serif;color:#16202a;background:#fff}"
    "img:not([src]){outline:1px dashed #888;padding:.25rem}"
)


def framed(html: str) -> HTMLResponse:
    """A page of its own for a sandboxed frame. Links open beside it; pictures of other addresses are left out."""
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mail</title><base target="_blank">'
        f"<style>{PLAIN}</style></head><body>{sanitized(html)}</body></html>",
        headers={"content-security-policy": CSP, "x-frame-options": "SAMEORIGIN"},
    )


def sanitized(html: str) -> str:
    import nh3

    return nh3.clean(
        html, tags=nh3.ALLOWED_TAGS | {"font"}, attributes={**nh3.ALLOWED_ATTRIBUTES, **ATTRIBUTES}, attribute_filter=_local, url_schemes=SCHEMES,
        clean_content_tags={"script", "style", "title"}, link_rel="noopener noreferrer",
    )


def _local(tag: str, attribute: str, value: str) -> str | None:
    """Only links may lead elsewhere, and only pictures may carry data."""
    said = value.lstrip().lower()
    if attribute in ("src", "background"):
        return value if said.startswith("data:image/") else None
    if attribute == "href" and said.startswith("data:"):
        return None
    return value
