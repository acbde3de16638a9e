"""Runs the example with GRAPHQL, WS and API_KEY; the last line says whether it passed. Its packages are those of requirements.txt."""

import json
import subprocess
import sys
from pathlib import Path

done = subprocess.run([sys.executable, "main.py"], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=120, check=False)
failed = int(done.returncode != 0 or "All of it works." not in done.stdout)
print("FAIL" if failed else "ok  ", "the example, to its end", f"-- {' | '.join((done.stdout + done.stderr).split(chr(10)))[-2000:]}" if failed else "")
print(json.dumps({"passed": 1 - failed, "failed": failed}))
sys.exit(failed)
