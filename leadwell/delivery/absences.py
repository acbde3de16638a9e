"""Answers of people who are away: known by their headers (RFC 3834) or their words, and when they are back, in the languages of our forms. Pure."""

import re
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage

LONGEST_AWAY, USUALLY_AWAY = timedelta(days=180), timedelta(days=7)
_SUBJECT = re.compile(
    r"out of (the )?office|automatic reply|auto(matic)?[- ]?re(ply|sponse)|away from (my|the) (office|desk)|on (annual |parental )?(leave|vacation|holiday)|"
    r"abwesen(d|heit)|automatische antwort|nicht im (büro|haus)|im urlaub|réponse automatique|absen(ce|t)\b.*(bureau|congés)|message d.absence|"
    r"respuesta automática|fuera de la oficina|ausente|otomatik (yanıt|cevap)|ofis dışında|izindeyim", re.IGNORECASE)
_NOT = frozenset({"", "no"})
MONTHS = {
    name: number
    for number, names in enumerate((
        "january jan januar jänner janvier janv enero ene ocak",
        "february feb februar février févr febrero şubat",
        "march mar märz mrz mars marzo mart",
        "april apr avril avr abril abr nisan", "may mai mayo mayıs", "june jun juni juin junio haziran", "july jul juli juillet juil julio temmuz",
        "august aug août agosto ago ağustos", "september sep sept septembre septiembre eylül", "october oct oktober okt octobre octubre ekim",
        "november nov novembre noviembre kasım", "december dec dezember dez décembre déc diciembre dic aralık"), 1)
    for name in names.split()
}  # fmt: skip
_BACK = re.compile(
    r"until|till|through|back (in the office )?(on|from)?|return(ing)? (to the office )?(on)?|bis( einschließlich)?( zum)?|wieder (ab|am)|"
    r"zurück (ab|am)|ab dem|jusqu.?(au|à)|de retour (le|au)|retour (le|au)|hasta( el)?|(de )?vuelta el|regres(o|aré) el", re.IGNORECASE)
_AFTER = re.compile(r"tarihine kadar|tarihinde|['’]?(y?[ea]|t?[ea]) kadar", re.IGNORECASE)   # Turkish says it behind the day
_ISO = re.compile(r"\b(20\d\d)-(\d{1,2})-(\d{1,2})\b")
_DOTTED = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(20\d\d|\d\d)\b)?")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})/(20\d\d|\d\d)\b")
_NAMED = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|er|\.)?\s+(?:de\s+)?([^\W\d_]{3,10})\.?(?:,?\s+(?:de\s+)?(20\d\d))?", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"\b([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(20\d\d))?\b", re.IGNORECASE)


def is_absence(message: EmailMessage, subject: str) -> bool:
    """Whether a program answered because somebody is away. A list or a delivery report never is that."""
    if message["list-id"] or str(message.get("precedence") or "").strip().lower() == "list":
        return False
    submitted = str(message.get("auto-submitted") or "").split(";")[0].strip().lower()
    if submitted == "auto-replied" or message["x-autoreply"] or message["x-autorespond"] or message["x-autoresponse"]:
        return True
    suppressed = str(message.get("x-auto-response-suppress") or "").lower()
    return _SUBJECT.search(subject) is not None and (submitted not in _NOT or "all" in suppressed or "oof" in suppressed or _opens(subject))


def _opens(subject: str) -> bool:
    """The words stand at the beginning, not in what somebody answers."""
    found = _SUBJECT.search(subject)
    return found is not None and found.start() <= 3 and not subject.lower().startswith("re:")


def back_on(text: str, at: datetime | None) -> datetime | None:
    """The end of the day until which somebody says to be away: the latest day named after words such as "until"; a week where none is named. None
    where all that is named lies behind."""
    now = at or datetime.now(UTC)
    named = [day for found in _BACK.finditer(text) for day in _days(text[found.end() : found.end() + 40], now.date())]
    named += [day for found in _AFTER.finditer(text) for day in _days(text[max(0, found.start() - 30) : found.start()], now.date())]
    if not named:
        return now + USUALLY_AWAY
    ahead = [day for day in named if now.date() <= day <= (now + LONGEST_AWAY).date()]
    return datetime.combine(max(ahead) + timedelta(days=1), time(), UTC) if ahead else None


def _days(text: str, today: date) -> list[date]:
    """Every day a text names; without a year the next one to come."""
    found: list[date | None] = [_day(int(m[1]), int(m[2]), int(m[3])) for m in _ISO.finditer(text)]
    found += [_near(m[3], int(m[2]), int(m[1]), today) for m in _DOTTED.finditer(text)]
    found += [_slashed(int(m[1]), int(m[2]), m[3], today) for m in _SLASHED.finditer(text)]
    found += [_near(m[3], MONTHS[m[2].lower()], int(m[1]), today) for m in _NAMED.finditer(text) if m[2].lower() in MONTHS]
    found += [_near(m[3], MONTHS[m[1].lower()], int(m[2]), today) for m in _MONTH_FIRST.finditer(text) if m[1].lower() in MONTHS]
    return [day for day in found if day is not None]


def _slashed(first: int, second: int, year: str, today: date) -> date | None:
    """3/4/2026 is two days: the one that is not behind, else the later."""
    both = [day for day in (_near(year, second, first, today), _near(year, first, second, today)) if day is not None]
    return min((day for day in both if day >= today), default=max(both, default=None))


def _near(year: str | None, month: int, day: int, today: date) -> date | None:
    if year:
        return _day(int(year) + (2000 if len(year) == 2 else 0), month, day)
    found = _day(today.year, month, day)
    return _day(today.year + 1, month, day) if found and found < today - timedelta(days=30) else found


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
