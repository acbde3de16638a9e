"""What follows a name and tells generations apart."""

from leadwell.base.identity.text import key

_GENERATIONS = {"jr": "jr", "jnr": "jr", "junior": "jr", "jun": "jr", "fils": "jr", "filho": "jr", "sr": "sr", "snr": "sr", "senior": "sr", "sen": "sr",
                "pere": "sr", "ii": "2", "2nd": "2", "iii": "3", "3rd": "3", "iv": "4", "4th": "4"}


def generation(suffix: str | None) -> str | None:
    """Which of several of that name ("Jr." -> "jr", "III" -> "3"); None for academic and other suffixes."""
    if not suffix:
        return None
    return next((_GENERATIONS[word] for word in (key(suffix) or "").split() if word in _GENERATIONS), None)
