"""Write docs/reference/advisories.md: what is known against each locked package (`make audit`).

pip-audit asks the database of the Python Packaging Authority. Where it cannot be reached, the page says so for every
package that nobody could be asked about; no answer is not a good one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOLS, PAGE = ROOT / "build" / "tools", ROOT / "docs" / "reference" / "advisories.md"
FILES = ("serve.lock", "train.lock", "dev.lock", "peers.lock", "torch.txt")
HEAD = """# Advisories for what is locked

What was known against each package of `requirements/` on {day}, asked by `make audit`. Run it again before a release
and each time that the locks change, where the database of advisories can be reached. "not asked" means that nobody
answered, not that nothing is known. {total}

To put one right: `make lock UPGRADE=1`, `make setup`, the tests, and this page again. What the service uses is marked;
the rest trains, tests or compares.

| package | version | service | advisories |
|---|---|---|---|
"""


def main() -> int:
    """Ask and write; 1 when there are advisories."""
    locked: dict[tuple[str, str], str] = {}
    served: set[tuple[str, str]] = set()
    for file in FILES:
        for entry in ask(ROOT / "requirements" / file):
            key = (entry["name"], entry.get("version") or "")
            locked[key] = verdict(entry)
            if file == "serve.lock":
                served.add(key)
    rows = [
        f"| {name} | {version} | {'yes' if (name, version) in served else ''} | {text} |\n"
        for (name, version), text in sorted(locked.items())
    ]
    unasked = sum(text == NOT_ASKED for text in locked.values())
    total = f"Of {len(locked)} packages, {unasked} could not be asked about."
    PAGE.write_text(HEAD.format(day=datetime.now(UTC).date(), total=total) + "".join(rows))
    print(f"{PAGE.relative_to(ROOT)}: {total}", file=sys.stderr)
    return int(any(text not in (NOT_ASKED, NOTHING) for text in locked.values()))


NOT_ASKED, NOTHING = "not asked", "none known"


def ask(lock: Path) -> Sequence[Mapping[str, Any]]:
    """What pip-audit says of each package of a lock."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--no-deps", "--disable-pip"]
    process = subprocess.run(
        [*command, "--format=json", "--progress-spinner=off"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(TOOLS), "PATH": "/usr/bin:/bin", "HOME": str(TOOLS)},
    )
    try:
        dependencies: Sequence[Mapping[str, Any]] = json.loads(process.stdout)["dependencies"]
    except (ValueError, KeyError):  # it does not get as far as asking
        return [
            {"name": name, "version": version, "skip_reason": "no answer"} for name, version in pins(lock.read_text())
        ]
    versions = dict(pins(lock.read_text()))
    return [{**entry, "version": versions.get(entry["name"], entry.get("version", ""))} for entry in dependencies]


def pins(text: str) -> list[tuple[str, str]]:
    """Package and version of each pin of a lock."""
    heads = [line.split()[0] for line in text.splitlines() if "==" in line and not line.startswith(("#", " "))]
    return [(name, version) for name, _, version in (head.partition("==") for head in heads)]


def verdict(entry: Mapping[str, Any]) -> str:
    """The advisories of one package, with the versions that mend them."""
    if "skip_reason" in entry:
        return NOT_ASKED
    return "; ".join(_describe(vulnerability) for vulnerability in entry["vulns"]) or NOTHING


def _describe(vulnerability: Mapping[str, Any]) -> str:
    mended = ", ".join(vulnerability.get("fix_versions", ())) or "no version yet"
    return f"{vulnerability['id']} (mended in {mended})"


if __name__ == "__main__":
    sys.exit(main())
