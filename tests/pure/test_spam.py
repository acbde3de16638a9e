"""What tells a person's submission from a program's, by the second."""

from uuid import UUID

import pytest

from leadwell.capture import spam
from leadwell.capture.forms import Form, FormField

ID, OTHER = UUID(int=1), UUID(int=2)
DRAWN = 1_800_000_000


def form(**settings: int) -> Form:
    return Form("Book a demo", (FormField("mail"),), **settings, id=ID, workspace=OTHER, key="k1")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(("after", "said"), [
    (-30, "It was sent 0 s after the page was drawn; people need at least 3 s."),
    (0, "It was sent 0 s after the page was drawn; people need at least 3 s."),
    (2.99, "It was sent 2 s after the page was drawn; people need at least 3 s."),
    (3, None),
    (86_400, None),
    (86_401, "The page it was sent from was older than a day."),
])  # fmt: skip
def test_time_between_drawing_and_sending_is_a_persons(after: float, said: str | None) -> None:
    assert spam.suspicion(form(min_seconds=3), {spam.STAMP: spam.stamp(ID, DRAWN)}, DRAWN + after) == said


@pytest.mark.parametrize("token", [None, "", "x.y.z", spam.STAMP, 7])
def test_what_came_without_the_stamp_of_the_form_is_told_from_what_came_with_it(token: object) -> None:
    said = "It came without the stamp of the form's page, so a program may have sent it."
    assert spam.suspicion(form(min_seconds=3), {spam.STAMP: token}, DRAWN) == said
    assert spam.suspicion(form(min_seconds=3), {spam.STAMP: spam.stamp(OTHER, DRAWN)}, DRAWN + 9) == said
    assert spam.suspicion(form(), {spam.STAMP: token}, DRAWN) is None, "a form that asks for neither time nor work does not look"


def test_a_stamp_tells_the_second_it_was_drawn_in() -> None:
    found = spam.read_stamp(spam.stamp(ID, DRAWN + 0.99))
    assert found is not None
    assert (found.form, found.at, len(found.nonce)) == (ID, DRAWN, 12)
