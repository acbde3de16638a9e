"""Makes generated enums take values that a newer server has and this schema has not: an enum may grow without a new version of the API."""

import ast

from ariadne_codegen import Plugin
from graphql import GraphQLEnumType

MISSING = """
@classmethod
def _missing_(cls, value):
    one = str.__new__(cls, value)
    one._name_ = one._value_ = value
    return one
"""


class OpenEnums(Plugin):
    def generate_enum(self, class_def: ast.ClassDef, enum_type: GraphQLEnumType) -> ast.ClassDef:
        class_def.body += ast.parse(MISSING).body
        return class_def
