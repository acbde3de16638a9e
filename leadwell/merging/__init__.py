"""Merging: several people or companies become one, with everything that stands behind them, and can be taken apart again."""

from leadwell.merging.fields import Conflict, Policy
from leadwell.merging.following import follow
from leadwell.merging.plan import FoldPlan, Plan, Wish
from leadwell.merging.refusals import (
    AlreadyUnmerged,
    BadMergeField,
    HiddenCompany,
    MergedFurther,
    MergeIntoItself,
    NothingToMerge,
    StalePlan,
    TooManyToMerge,
)
from leadwell.merging.unmerging import Remain, Unmerged, unmerge
from leadwell.merging.verbs import Merged, Preview, check, merge, preview

__all__ = [
    "AlreadyUnmerged",
    "BadMergeField",
    "Conflict",
    "FoldPlan",
    "HiddenCompany",
    "MergeIntoItself",
    "Merged",
    "MergedFurther",
    "NothingToMerge",
    "Plan",
    "Policy",
    "Preview",
    "Remain",
    "StalePlan",
    "TooManyToMerge",
    "Unmerged",
    "Wish",
    "check",
    "follow",
    "merge",
    "preview",
    "unmerge",
]
