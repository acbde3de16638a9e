"""Named SQL files: `load(__name__, "rescore")` reads rescore.sql beside the calling module."""

import re
import sys
from functools import cache
from pathlib import Path

COMMENT = re.compile(r"^\s*--.*$\n?", re.MULTILINE)


@cache
def load(module: str, name: str) -> str:
    """The statement without its comment lines, so that what the database logs is short and stable."""
    here = Path(str(sys.modules[module].__file__)).parent
    return COMMENT.sub("", (here / f"{name}.sql").read_text(encoding="utf-8")).strip()
