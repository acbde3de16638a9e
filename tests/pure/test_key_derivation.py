"""The keys derived from the ring stay what they are, since all that was sealed, signed and hashed before hangs on them."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from leadwell.base import secrets


def test_the_pepper_is_the_hkdf_of_the_first_key_as_the_library_makes_it() -> None:
    assert secrets.pepper() == HKDF(SHA256(), 32, salt=b"leadwell", info=b"address-pepper").derive(b"t" * 32)  # the ring of tests/conftest.py
