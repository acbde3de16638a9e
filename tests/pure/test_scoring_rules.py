"""Rules are read whole or refused with the path of what is wrong."""

import copy
from typing import Any

import pytest

from leadwell.scoring.compile import compiled
from leadwell.scoring.defaults import DEFAULT
from leadwell.scoring.refusals import InvalidRules
from leadwell.scoring.rules import parse, plain
from tests.sql_law import breaches


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """The default rules with one value replaced."""
    rules = copy.deepcopy(DEFAULT)
    place: Any = rules
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return rules


def test_default_rules_survive_being_stored() -> None:
    assert parse(plain(parse(DEFAULT))) == parse(DEFAULT)


@pytest.mark.parametrize(("rules", "path", "problem"), [
    (changed("fit", 0, "points", to="ten"), "fit[0].points", "expected `int`, got `str`"),
    (changed("fit", 0, "colour", to="red"), "fit[0]", "object contains unknown field `colour`"),
    (changed("fit", 0, "points", to=1001), "fit[0].points", "expected `int` <= 1000"),
    (changed("fit", 0, "group", to="interest"), "fit[0].group", 'there is no FIT group "interest"'),
    (changed("fit", 1, "id", to="decides"), "fit or engagement", 'the id "decides" is used twice'),
    (changed("fit", 0, "when", to=[]), "fit[0].when", "expected `array` of length >= 1"),
    (changed("fit", 0, "when", 0, "op", to="like"), "fit[0].when[0].op", "invalid enum value 'like'"),
    (changed("fit", 0, "when", 0, "value", to="CEO"), "fit[0].when[0]", "in on seniority needs a list of texts"),
    (changed("fit", 5, "when", 0, "value", to="many"), "fit[5].when[0]", "gte on employees needs a whole number"),
    (changed("fit", 5, "when", 0, "value", to=True), "fit[5].when[0]", "gte on employees needs a whole number"),
    (changed("fit", 5, "when", 0, "value", to=2**31), "fit[5].when[0]", "the number is too large"),
    (changed("fit", 5, "when", 0, "field", to="title"), "fit[5].when[0]", "gte does not work on title"),
    (changed("engagement", 0, "kind", to="TELEX"), "engagement[0].kind", '"TELEX" is no kind of activity'),
    (changed("engagement", 0, "windowDays", to=731), "engagement[0].windowDays", "expected `int` <= 730"),
    (changed("engagement", 0, "halfLifeDays", to=0), "engagement[0].halfLifeDays", "expected `int` >= 1"),
    (changed("groups", 0, "min", to=1), "groups[0].min", "expected `int` <= 0"),
    (changed("grades", "steps", 1, "at", to=70), "grades.steps", "each step must be lower than the one before, within 1 to 100"),
    (changed("grades", to={"by": "MATRIX", "fit": [20], "engagement": [10], "grades": [["D", "C"]]}), "grades.grades", "needs 2 rows"),
    (changed("grades", to={"by": "MATRIX", "fit": [20, 20], "engagement": [10], "grades": [["D", "C"]]}), "grades.fit", "each band must begin higher"),
    (changed("thresholds", 0, "until", to=51), "thresholds[0].until", "must not be above `at`"),
    (changed("thresholds", 0, "at", to=101), "thresholds[0].at", "no score is above 100"),
    ([], "the top", "expected `object`, got `array`"),
    (None, "the top", "expected `object`, got `null`"),
])
def test_wrong_rules_are_refused_with_their_path(rules: Any, path: str, problem: str) -> None:
    with pytest.raises(InvalidRules) as refused:
        parse(rules)
    assert refused.value.params["path"] == path
    assert refused.value.params["problem"].startswith(problem)
    assert refused.value.code == "INVALID_RULES"


def test_statement_binds_every_value_and_keeps_every_table_to_the_workspace() -> None:
    hostile = "x'; DROP TABLE people; --"
    for scope in ("BATCH", "RANGE", "EVERYBODY"):
        made = compiled(parse(changed("fit", 2, "when", 0, "value", to=hostile)), scope)
        assert hostile not in made.sql
        assert "x'; drop table people; --" in made.values
        assert list(breaches(made.sql)) == []
        assert "{{" not in made.sql


def test_same_rules_compile_to_the_same_text() -> None:
    assert compiled(parse(DEFAULT)).sql == compiled(parse(DEFAULT)).sql


def test_empty_rules_compile() -> None:
    empty = parse({"groups": [], "grades": DEFAULT["grades"]})
    assert list(breaches(compiled(empty).sql)) == []
