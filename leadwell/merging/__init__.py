"""Merging: several people or companies become one, with everything that stands behind them, and can be taken apart again."""

from leadwell.merging.blanking import blank
from leadwell.merging.fields import Conflict, Policy
from leadwell.merging.following import follow
from leadwell.merging.linking import link, link_all, link_found, link_standing
from leadwell.merging.plan import FoldPlan, Plan, Wish
from leadwell.merging.refusals import (
    AlreadyUnmerged,
    BadMergeField,
    HiddenCompany,
    MergeBlanked,
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
    "MergeBlanked",
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
    "blank",
    "check",
    "follow",
    "link",
    "link_all",
    "link_found",
    "link_standing",
    "merge",
    "preview",
    "unmerge",
]
