"""The load client's arithmetic: percentiles, medians, ratios within rounds, accounts of processor time, and when an answer is whole."""

import pytest

from bench.accounts import spent
from bench.load import Cell, body_of, complete, medians, percentile, ratio, well

LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKS = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.5, 2), (0.51, 3), (0.75, 3), (0.99, 4), (1, 4)])
def test_percentile_is_the_smallest_value_that_the_share_does_not_exceed(share: float, value: float) -> None:
    assert percentile([1, 2, 3, 4], share) == value


def test_medians_are_taken_field_by_field() -> None:
    cells = [Cell(10, 1, 9, 0.5, 2, 100), Cell(30, 3, 7, 0.4, 1, 102), Cell(20, 2, 8, 0.9, 3, 101)]
    assert medians(cells) == Cell(20, 2, 8, 0.5, 2, 101)


def test_ratio_compares_within_a_round_so_that_a_slow_round_falls_on_both() -> None:
    assert ratio([1, 10, 3], [2, 20, 3]) == 0.5


def test_time_is_counted_of_whoever_was_there_and_of_whoever_came() -> None:
    assert spent({1: 5.0, 2: 1.0}, {1: 7.0, 3: 0.5}) == 2.5


@pytest.mark.parametrize("answer", [LONG, CHUNKS])
def test_answer_is_whole_with_its_last_byte_and_not_before(answer: bytes) -> None:
    assert [complete(answer[:n]) for n in range(len(answer) + 1)] == [False] * len(answer) + [True]


def test_body_is_what_was_sent_chunks_joined() -> None:
    assert (body_of(LONG), body_of(CHUNKS)) == (b"hello", b"hello world")


@pytest.mark.parametrize("answer", [b"", LONG.replace(b"200", b"503"), LONG + b'{"data":null,"errors":[{}]}'])
def test_lost_connections_statuses_and_errors_count_as_failures(answer: bytes) -> None:
    assert not well(answer)
