"""The one table of what a step can be: how it is checked, what it decides, and what it does."""

from collections.abc import Mapping

from leadwell.nurture.kinds import branch, ends, field, mail, segment, split, start, task, telling, wait
from leadwell.nurture.shape import StepKind

KINDS: Mapping[str, StepKind] = {
    "EMAIL": StepKind(mail.decide, mail.FIELDS, mail.learn, mail.effect, mail.check),
    "WAIT": StepKind(wait.decide, wait.FIELDS, wait.learn, check=wait.check, ways=wait.ways, timed=wait.timed, waits=wait.passes),
    "BRANCH": StepKind(branch.decide, branch.FIELDS, branch.learn, check=branch.check, ways=branch.ways),
    "SPLIT": StepKind(split.decide, split.FIELDS, check=split.check, ways=split.ways),
    "TASK": StepKind(task.decide, task.FIELDS, task.learn, task.effect, task.check, slow=True, waits=task.waits),
    "FIELD": StepKind(telling.done, field.FIELDS, effect=field.effect, check=field.check, slow=True),
    "SEGMENT": StepKind(telling.done, segment.FIELDS, effect=segment.effect, check=segment.check, slow=True),
    "START": StepKind(telling.done, start.FIELDS, effect=start.effect, check=start.check, slow=True),
    "WEBHOOK": StepKind(telling.done, telling.WEBHOOK_FIELDS, effect=telling.webhook, check=telling.check_webhook),
    "NOTIFY": StepKind(telling.done, telling.NOTIFY_FIELDS, effect=telling.notify, check=telling.check_notify),
    "GOAL": StepKind(ends.goal, ends.GOAL_FIELDS),
    "EXIT": StepKind(ends.end, ends=True),
}
