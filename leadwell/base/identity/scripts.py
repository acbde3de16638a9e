"""Names in Greek and Cyrillic letters written in Latin ones, so that they meet their transliterations."""

_CYRILLIC = """
а a|б b|в v|г g|д d|е e|ё e|ж zh|з z|и i|й y|к k|л l|м m|н n|о o|п p|р r|с s|т t|у u|ф f|х kh|ц ts|ч ch|ш sh|щ shch|ъ|ы y|ь|э e|ю yu|я ya|і i|ї yi|є ye|ґ g|ў u
ђ dj|ј j|љ lj|њ nj|ћ c|џ dz|ѓ g|ќ k|ѕ dz
"""
_GREEK = "α a|β v|γ g|δ d|ε e|ζ z|η i|θ th|ι i|κ k|λ l|μ m|ν n|ξ x|ο o|π p|ρ r|σ s|ς s|τ t|υ y|φ f|χ ch|ψ ps|ω o|ά a|έ e|ή i|ί i|ό o|ύ y|ώ o|ϊ i|ϋ y|ΐ i|ΰ y"
_PAIRS = [one.split() for one in (_CYRILLIC + "|" + _GREEK).replace("\n", "|").split("|") if one.strip()]
_LETTERS = {ord(letter): "".join(written) for letter, *written in _PAIRS}


def latin(text: str) -> str:
    """The text with Greek and Cyrillic letters in lower-case Latin ones ("Юлия" -> "yuliya"); other letters stay. Idempotent."""
    return text if text.isascii() else "".join(_LETTERS.get(ord(char.lower()[0]), char) for char in text)
