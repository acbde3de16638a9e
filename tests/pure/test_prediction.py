"""What is learnt from outcomes, on leads made up so that it is known what there is to learn."""

import random
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import msgspec
import pytest

from leadwell.prediction.cells import ask, auc, cut, stability
from leadwell.prediction.figures import average_precision, bins, brier, lift
from leadwell.prediction.learning import Options, drift, train
from leadwell.prediction.learnt import Feature, Learnt, Pair, calibrated, tell
from leadwell.prediction.refusals import NothingToLearn, OneOutcome, OneOutcomeLately, TooFewOutcomes, UnknownFeature

pytestmark = pytest.mark.skipif(find_spec("sklearn") is None, reason="the extra predict is not installed")


def leads(count: int = 600, **more: Callable[[random.Random, bool], Any]) -> tuple[list[dict[str, Any]], list[bool]]:
    """Calls and industry tell, color does not."""
    r = random.Random(5)
    examples: list[dict[str, Any]] = []
    won: list[bool] = []
    for _ in range(count):
        calls, industry = r.randint(0, 5), r.choice(["software", "retail", None])
        hit = r.random() < 0.08 + 0.1 * calls + (0.2 if industry == "software" else 0)
        examples.append({"calls": float(calls), "industry": industry, "color": r.choice(["red", "blue"]), **{n: made(r, hit) for n, made in more.items()}})
        won.append(hit)
    return examples, won


def test_chances_are_learnt_told_in_parts_that_add_up_and_tried_on_the_latest_leads() -> None:
    examples, won = leads()
    trained = train(examples, won)
    told = [tell(trained.learnt, e) for e in examples]
    assert all(t.base + sum(p.weight for p in t.parts) == t.log_odds for t in told)
    assert all(1 <= t.percent <= 99 for t in told)
    hot, cold = (tell(trained.learnt, {"calls": n, "industry": i}) for n, i in ((5, "software"), (0, "retail")))
    assert hot.percent > 70 > 30 > cold.percent
    card = trained.card
    assert (card["leads"], card["heldOut"], card["calibration"], card["drift"]["alarm"]) == (600, 180, "LOGISTIC", False)
    assert card["auc"] > 0.7
    assert card["brier"] < card["brierOfBase"]
    assert sum(b["leads"] for b in card["bins"]) == 180
    assert card["lift"][0]["lift"] > 1.3
    assert card["lift"][-1] == {"share": 1.0, "captured": 1.0, "lift": 1.0}


def test_what_is_learnt_is_the_same_each_time_and_survives_being_stored() -> None:
    examples, won = leads(300)
    once, again = train(examples, won), train(examples, won)
    assert once == again
    stored = msgspec.convert(msgspec.to_builtins(once.learnt), Learnt)
    assert [tell(stored, e) for e in examples] == [tell(once.learnt, e) for e in examples]


def test_a_feature_that_knows_the_outcome_is_left_out_unless_it_is_kept_by_name() -> None:
    examples, won = leads(600, signed=lambda r, hit: "yes" if hit and r.random() < 0.95 else "no")
    out = {f["name"]: f["out"] for f in train(examples, won).card["features"]}
    assert out == {"calls": None, "industry": None, "color": None, "signed": "LEAK"}
    kept = train(examples, won, Options(keep=frozenset({"signed"}))).card
    assert ({f["name"]: f["out"] for f in kept["features"]}["signed"], kept["auc"] > 0.95) == (None, True)
    left = train(examples, won, Options(leave=frozenset({"signed", "color"}))).card
    assert [f["name"] for f in left["features"]] == ["calls", "industry"]
    with pytest.raises(UnknownFeature):
        train(examples, won, Options(keep=frozenset({"signd"})))


def test_a_feature_that_is_not_what_it_was_is_left_out_and_a_value_missing_less_often_than_before_tells_nothing() -> None:
    examples, won = leads(600)
    for i, e in enumerate(examples):
        e["quarter"] = f"Q{i // 150}"
        e["budget"] = "yes" if i >= 300 and (won[i] or i % 3) else None
    trained = train(examples, won)
    by_name = {f["name"]: f for f in trained.card["features"]}
    assert (by_name["quarter"]["out"], by_name["budget"]["out"], by_name["budget"]["missingShift"] > 0.1) == ("MOVED", None, True)
    assert next(f for f in trained.learnt.features if f.name == "budget").missing == 0


def test_too_little_is_refused_and_says_so() -> None:
    examples, won = leads(600)
    for refusal, listed, outcomes in (
        (TooFewOutcomes, examples[:2], [True, False]), (TooFewOutcomes, examples[:199], won[:199]), (OneOutcome, examples, [True] * 600),
        (OneOutcome, examples, [False] * 600), (TooFewOutcomes, examples, [True] * 29 + [False] * 571),
        (OneOutcomeLately, examples, [True] * 420 + [False] * 180), (TooFewOutcomes, [], []), (NothingToLearn, [{"same": 1.0}] * 600, won),
    ):
        with pytest.raises(refusal) as refused:
            train(listed, outcomes)
        assert "…" not in refused.value.message
    assert TooFewOutcomes(leads=199, converted=9, floor_leads=200, floor_each=30).message == (
        "There are 199 closed leads, 9 of them converted: it takes 200 leads, and 30 of either outcome, to learn anything.")


def test_base_rate_drift_alarms_when_it_is_both_certain_and_large() -> None:
    assert drift([True] * 100 + [False] * 900, [True] * 200 + [False] * 800)["alarm"]
    assert not drift([True] * 100 + [False] * 900, [True] * 105 + [False] * 895)["alarm"]
    assert not drift([True] * 1 + [False] * 9, [True] * 3 + [False] * 7)["alarm"]


def test_cells_hold_numbers_by_frequency_common_ones_apart_and_rare_words_together() -> None:
    number = cut("n", [0.0] * 60 + [float(n) for n in range(1, 41)])
    assert (number.common, len(number.edges), number.cell(0), number.cell(None), number.cell(1000)) == ([0.0], 5, 0, None, 6)
    word = cut("w", ["a"] * 30 + ["b"] * 20 + ["rare"])
    assert (word.levels, word.cell("a"), word.cell("rare"), word.cell("new"), word.cell("")) == (["a", "b"], 0, 2, 2, None)
    asked = ask("n", [{"n": 1.0}] * 10, [True, False] * 5, kept=False)
    assert asked.out == "SAME"


def test_figures_are_those_of_the_textbook() -> None:
    chances, won = [0.9, 0.8, 0.7, 0.6, 0.55, 0.5], [True, True, False, True, False, False]
    assert auc(chances, won) == pytest.approx(8 / 9)
    assert average_precision(chances, won) == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert brier([0.5, 0.5], [True, False]) == 0.25
    assert auc([1, 1, 1], [True, False, True]) == 0.5
    assert auc([], []) == 0.5
    assert [b["leads"] for b in bins(chances, won)] == [1, 1, 1, 1, 1, 1]
    assert lift([0.9, 0.1] * 10, [True, False] * 10)[4] == {"share": 0.5, "captured": 1.0, "lift": 2.0}
    assert stability({"a": 50, "b": 50}, {"a": 50, "b": 50}) == 0.0


def test_pairs_and_steps_are_told_as_they_were_learnt() -> None:
    feature = Feature("a", "TEXT", [], [], ["x"], [1000, -1000], 0)
    learnt = Learnt(500, [feature, Feature("b", "TEXT", [], [], ["y"], [0, 0], 0)], [Pair(0, 1, {"0:0": 250, "0:-1": -250})], steps=[(-1.0, 0.1), (1.0, 0.5)])
    assert [tell(learnt, e).log_odds for e in ({"a": "x", "b": "y"}, {"a": "x"}, {})] == [1750, 1250, 500]
    assert [calibrated(learnt, x) for x in (-2.0, 0.0, 2.0)] == pytest.approx([0.1, 0.3, 0.5])
