"""graphql-cop (graphql_cop/, MIT, a copy of commit 2b7e086: it is on no package index): a stranger in production; every probe must find nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "graphql_cop"


def main() -> int:
    told = subprocess.run([sys.executable, "graphql-cop.py", "-t", os.environ["GRAPHQL"], "-o", "json"], cwd=HERE, capture_output=True, text=True, check=False)
    try:
        probes = json.loads(told.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        print(told.stdout, told.stderr)
        probes = []
    found = [probe for probe in probes if probe["result"]]
    for probe in probes:
        print("FAIL" if probe["result"] else "ok  ", probe["title"], "" if not probe["result"] else f"-- {probe['severity']}: {probe['description']}")
    silent = not probes
    print(json.dumps({"passed": len(probes) - len(found), "failed": len(found) + silent}))
    return int(bool(found) or silent)


sys.exit(main())
