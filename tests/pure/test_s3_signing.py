"""Requests are signed as Amazon's documentation of Signature Version 4 shows."""

from datetime import UTC, datetime

from leadwell.outside.files_s3.signing import EMPTY, Login, quoted, signed

LOGIN = Login("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
NOW = datetime(2013, 5, 24, tzinfo=UTC)


def signature(headers: dict[str, str]) -> str:
    return headers["authorization"].rpartition("=")[2]


def test_example_of_a_get_has_the_signature_in_the_documentation() -> None:
    got = signed(LOGIN, "GET", "https://examplebucket.s3.amazonaws.com/test.txt", {"Range": "bytes=0-9"}, NOW, EMPTY)
    assert signature(got) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    assert got["x-amz-date"] == "20130524T000000Z"


def test_example_of_a_put_has_the_signature_in_the_documentation() -> None:
    headers = {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"}
    payload = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
    got = signed(LOGIN, "PUT", "https://examplebucket.s3.amazonaws.com/" + quoted("test$file.text"), headers, NOW, payload)
    assert signature(got) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
