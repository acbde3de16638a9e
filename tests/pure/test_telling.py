"""What events tell of settings: values, but secrets and long ones."""

import hashlib
from uuid import UUID

from leadwell.events import HIDDEN, first, told

ID = UUID(int=1)


def test_values_are_told_as_they_are_and_what_is_the_same_or_follows_is_not() -> None:
    changes = {"name": ["A", "B"], "topic_id": [None, ID], "filter": [{"id": ID}, {"id": str(ID)}], "uses": [[], ["x"]], "is_active": [True, False]}
    assert told(changes, {"uses"}) == {"name": ["A", "B"], "topic_id": [None, ID], "is_active": [True, False]}


def test_a_secret_is_told_as_there_or_not_whatever_it_is_kept_as() -> None:
    both = {"secret_ciphertext": [None, b"x"], "secret_key_id": [None, "k1"], "token_hash": [b"a", b"b"], "dkim_ciphertext": ["x", None], "raw": [b"a", b"b"]}
    assert told(both) == {"secret": [None, HIDDEN], "token": [HIDDEN, HIDDEN], "dkim": [HIDDEN, None], "raw": [HIDDEN, HIDDEN]}
    assert first({"name": "A", "secret_ciphertext": b"x", "secret_key_id": "k1"}) == {"name": "A", "secret": HIDDEN}


def test_a_long_value_is_told_by_its_length_and_digest() -> None:
    long, steps = "ä" * 2049, [{"b": "x" * 5000, "a": 1}]
    assert told({"html": ["ä" * 2048, long]}) == {"html": ["ä" * 2048, {"bytes": 4098, "sha256": hashlib.sha256(long.encode()).hexdigest()}]}
    plain = b'[{"a":1,"b":"' + b"x" * 5000 + b'"}]'
    assert told({"steps": [[], steps]}) == {"steps": [[], {"bytes": len(plain), "sha256": hashlib.sha256(plain).hexdigest()}]}
