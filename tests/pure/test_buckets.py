"""Points given out by several processes that tell each other afterwards, by a clock of our own."""

from leadwell.base.buckets import Allowance, Bucket, Spent

KEY = Allowance(1_000, 100)


class Whole:
    """What Redis keeps: the same arithmetic as settle.lua."""

    def __init__(self, processes: int) -> None:
        self.level, self.at, self.processes = float(KEY.most), 0.0, processes

    def settle(self, bucket: Bucket, now: float) -> None:
        spent: Spent = bucket.told()
        self.level = max(-KEY.most, min(KEY.most, self.level + (now - self.at) * KEY.rate) - spent.points)
        self.at = now
        bucket.heard(self.level, self.processes)


def given_out(processes: int, busy: int, cost: int, seconds: int, *, settled: bool = True) -> int:
    """Points that `busy` of the processes give out when they are asked for more than there is all the time; they settle five times a second, or at once
    when they gave out more than their share."""
    whole = Whole(processes)
    buckets = [Bucket("key:1", KEY, 0.0, processes) for _ in range(busy)]
    total = 0
    for tick in range(seconds * 100):
        now = tick / 100
        for i, bucket in enumerate(buckets):
            while bucket.has(cost, now, processes):
                bucket.spend(cost)
                total += cost
                if settled and bucket.unsure:
                    whole.settle(bucket, now)
            if settled and tick % 20 == i * 5:
                whole.settle(bucket, now)
    return total


def test_however_many_processes_give_points_out_together_they_keep_within_a_tenth() -> None:
    for processes, busy, cost in ((1, 1, 7), (4, 4, 7), (4, 1, 7), (4, 4, 300), (4, 1, 300), (8, 3, 50)):
        total, due = given_out(processes, busy, cost, 60), KEY.most + 60 * KEY.rate
        assert 0.9 * due <= total <= 1.1 * due, (processes, busy, cost, total / due)


def test_a_process_that_hears_nothing_gives_out_its_share() -> None:
    total, due = given_out(4, 4, 7, 60, settled=False), KEY.most + 60 * KEY.rate
    assert 0.9 * due <= total <= 1.1 * due


def test_a_request_may_cost_more_than_the_share_once_until_the_whole_is_heard_of() -> None:
    bucket = Bucket("key:1", KEY, 0.0, 4)
    assert not bucket.has(800, 0.0, 4)
    bucket.heard(1_000, 4)
    assert bucket.has(800, 0.0, 4)
    bucket.spend(800)
    assert (bucket.unsure, bucket.whole, bucket.has(100, 0.0, 4)) == (True, 200, False)
    bucket.heard(1_000 - 800, 4)
    assert bucket.spent == 800
    bucket.told()
    bucket.heard(200, 4)
    assert bucket.has(100, 0.0, 4)


def test_what_was_not_used_comes_back_and_waiting_is_told() -> None:
    bucket = Bucket("key:1", KEY, 0.0)
    bucket.spend(1_000)
    assert (bucket.has(1, 0.0), bucket.wait(300)) == (False, 3.0)
    bucket.spend(-600)
    assert (bucket.has(600, 0.0), bucket.told().points) == (True, 400)
    assert bucket.has(800, 4.0)
    assert not bucket.has(1_001, 60.0)


def test_what_nobody_heard_is_told_later_but_never_more_than_a_share() -> None:
    bucket = Bucket("key:1", KEY, 0.0, 2)
    for _ in range(3):
        bucket.spend(300)
        bucket.unheard(bucket.told().points, 2)
    assert bucket.told().points == 500
