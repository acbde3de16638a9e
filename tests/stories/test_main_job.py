"""Captured, enriched, scored, nurtured, converted: what the contact, the mailbox, the ledger and the partner show in the end."""

from tests.stories.main_job import Story


async def test_debug(story: Story) -> None:
    print(story.imported, story.errors, story.scored, story.refused, story.looked, story.after_looking, story.left, story.junked, story.converted)
    print(story.first_mails, story.mails())
    assert 0
