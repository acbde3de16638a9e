"""Makes the types anew and compares them, then runs the example with GRAPHQL, WS and API_KEY; the last line says how many steps passed."""

import filecmp
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
GENERATOR = HERE / ".venv"     # of its own: it wants an older graphql-core than the client
WANTED = HERE / "requirements-codegen.txt"


def run(*words: str | Path, folder: Path = HERE) -> str:
    """What it said, empty when it went well."""
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=240, check=False)    # noqa: S603 - our own words
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip() or f"ended with {done.returncode}"


def generator() -> str:
    installed = GENERATOR / "installed"
    if installed.exists() and installed.stat().st_mtime >= WANTED.stat().st_mtime:
        return ""
    problem = run(sys.executable, "-m", "venv", GENERATOR) or run(
        GENERATOR / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", WANTED)
    if not problem:
        installed.touch()
    return problem


def types() -> str:
    """Whether generated/ is what schema.graphql and documents.graphql make."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        made = root / "examples" / "python"
        shutil.copytree(HERE, made, ignore=shutil.ignore_patterns(".venv", "generated", "__pycache__"))
        shutil.copy(HERE.parents[1] / "schema.graphql", root)
        if problem := run(GENERATOR / "bin" / "python", "-m", "ariadne_codegen", "models_only", "--config", "codegen.toml", folder=made):
            return problem
        names = {one.name for place in (made, HERE) for one in (place / "generated").glob("*.py")}
        _, other, missing = filecmp.cmpfiles(made / "generated", HERE / "generated", sorted(names), shallow=False)
    stale = other + missing
    return f"generated/ is not what the schema says now ({', '.join(stale)}); make it anew as README.md says" if stale else ""


def example() -> str:
    done = subprocess.run([sys.executable, "main.py"], cwd=HERE, capture_output=True, text=True, timeout=120, check=False)
    return "" if done.returncode == 0 and "All of it works." in done.stdout else done.stdout + done.stderr


STEPS = {"the generator": generator, "types by ariadne-codegen, as they are committed": types, "the example, to its end": example}
passed = 0
for name, step in STEPS.items():
    problem = step()
    print("FAIL" if problem else "ok  ", name, f"-- {problem.replace(chr(10), ' | ')[-2000:]}" if problem else "")
    if problem:
        break
    passed += 1
failed = int(passed < len(STEPS))
print(json.dumps({"passed": passed, "failed": failed}))
sys.exit(failed)
