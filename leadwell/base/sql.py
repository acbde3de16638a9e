"""Named SQL files: `load(__name__, "rescore")` reads rescore.sql beside the calling module."""

import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
names: dict[str, str] = {}
"""The file of each statement that was loaded, for whoever traces."""
COMMENT = re.compile(r"^\s*--.*$\n?", re.MULTILINE)


@cache
def load(module: str, name: str) -> str:
    """The statement without its comment lines, so that what the database logs is short and stable."""
    here = Path(str(sys.modules[module].__file__)).parent
    file = here / f"{name}.sql"
    text = COMMENT.sub("", file.read_text(encoding="utf-8")).strip()
    names[text] = file.relative_to(ROOT).as_posix()
    return text
