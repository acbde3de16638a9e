"""Reads: a GraphQL document becomes one SQL statement whose columns are the JSON texts of its root fields.

One rule keeps it small: it never words an error. Whatever is not covered, not allowed or not plainly right is left, root
field by root field, to the ordinary executor.
"""

from leadwell.reads.document import Asked, Operation
from leadwell.reads.plans import Plan, Plans

__all__ = ["Asked", "Operation", "Plan", "Plans"]
