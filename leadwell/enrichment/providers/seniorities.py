"""Which words of a job title tell how senior somebody is, strongest first, folded."""

import re

# (seniority, what must be there, what must not): the first row that fits decides.
_ROWS = (
    ("ENTRY", r"assistant(?:e|in)? (?:to|of|for|de|der|du)|assistenz|executive assistant|personal assistant", ""),
    ("ENTRY", r"(?:president|ceo|director|manager) s assistant|asistente|assistante de direction|(?:executive|legal|medical) secretary", ""),
    ("INTERN", r"intern|interns|internship|trainee|apprentice|praktikant\w*|werkstudent\w*|auszubildende\w*|azubi", ""),
    ("INTERN", r"stagiaire|alternant\w*|becari[oa]|practicante|aprendiz|working student|student assistant", ""),
    ("OWNER", r"(?:co )?founder|cofounder|proprietor|inhaber(?:in)?|gru?e?nder(?:in)?|fondateur|fondatrice", ""),
    (
        "OWNER",
        r"fundador(?:a)?|propietari[oa]|duen[oa]|proprietaire|entrepreneur|managing partner|founding partner",
        "",
    ),
    ("OWNER", r"owner", r"(?:product|process|data|service|risk|system|business process|asset|control|page) owner"),
    ("OWNER", r"^(?:senior |general |equity )?partner$|^partner (?:at|bei|chez|en)\b.*", ""),
    ("VP", r"vice presiden\w*|vicepresiden\w*|[se]?vp|avp|vize ?prasident\w*|rvp|gvp", ""),
    ("C_LEVEL", r"c[efmotirpld]o|chro|ciso|cco|cso|cdo|clo|cpo|caio|coo|cro|cao|pdg|md", ""),
    (
        "C_LEVEL",
        r"chief(?: \w+){1,4} officer|chief executives?|managing director|geschae?ftsfue?hrer(?:in)?|vorstand\w*",
        "",
    ),
    ("C_LEVEL", r"directeur general|directrice generale|director(?:a)? general|consejer[oa] delegad[oa]|gerant", ""),
    ("C_LEVEL", r"president|presidente|prasident(?:in)?|chair(?:man|woman|person)|gerente general", r"assistant vice"),
    (
        "HEAD",
        r"head|chief|leiter(?:in)?|\w+leiter(?:in)?|bereichsleitung|principal$|leitung",
        r"head (?:hunter|start|cook)",
    ),
    ("HEAD", r"jef[ea]|responsable|directeur adjoint", ""),
    (
        "DIRECTOR",
        r"director(?:a)?|directeur|directrice|direktor(?:in)?|dean|general counsel|(?:financial|corporate|group) controller",
        "",
    ),
    (
        "MANAGER",
        r"manager(?:in)?|mgr|supervisor|superintendent|foreman|forewoman|team ?lead(?:er)?|gerente|encargad[oa]",
        "",
    ),
    (
        "MANAGER",
        r"chef d\w*|superviseur|teamleit\w*|\w*manager(?:in)?|gestionnaire|supervisora?|tech lead|technical lead",
        "",
    ),
    (
        "SENIOR",
        r"senior|sr|principal|staff (?:engineer|software|scientist|designer)|expert\w*|lead|distinguished",
        r"lead gen\w*",
    ),
    ("ENTRY", r"junior|jr|entry level|assistant|graduate|clerk|trainee|helper|nachwuchs\w*|associate|adjoint", ""),
)
_LEADERS = re.compile(r"\w+leiter(?:in)?")


def _compiled(pattern: str) -> re.Pattern[str]:
    anchored = pattern.startswith("^")
    return re.compile(pattern if anchored else rf"\b(?:{pattern})\b")


ROWS = tuple((level, _compiled(yes), _compiled(no) if no else None) for level, yes, no in _ROWS)


def seniority_of(words: str) -> str | None:
    """The seniority a folded title tells, None when it tells none ("software engineer")."""
    for level, yes, no in ROWS:
        if yes.search(words) and not (no and no.search(words)):
            return level
    return None
