"""Write `requirements/*.lock` from the environment this runs in: `make lock`.

A lock pins every distribution that an extra of `pyproject.toml` leads to, at the version installed here. To move to
newer versions: install them into `.venv`, run the tests, then run this. PyTorch has a file of its own
(`requirements/torch.txt`) and the GPU libraries that its build brings along belong to it, so neither is pinned here.
"""

from __future__ import annotations

import importlib.metadata
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"dev": "all that 'make' needs", "serve": "what the container image needs"}
GPU_LIBRARIES = ("nvidia", "cuda", "triton")  # how their names start


def main() -> int:
    for extra, purpose in LOCKS.items():
        path = ROOT / "requirements" / f"{extra}.lock"
        pins = lock(extra)
        path.write_text(f"# Written by 'make lock': {purpose}. Install requirements/torch.txt first.\n" + "".join(pins))
        print(f"{path.relative_to(ROOT)}: {len(pins)} packages", file=sys.stderr)
    return 0


def lock(extra: str) -> list[str]:
    """One line `name==version` for each distribution that ``extra`` of the project leads to, in order of name."""
    pins: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = list(project_requirements(extra))
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        distribution = importlib.metadata.distribution(name)
        if name != "torch":
            pins[name] = f"{name}=={distribution.version}\n"
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                found = applicable(distribution.requires or (), wanted)
                waiting += [r for r in found if not (name == "torch" and r.name.startswith(GPU_LIBRARIES))]
    return [pins[name] for name in sorted(pins)]


def project_requirements(extra: str) -> Iterator[Requirement]:
    """The project's own requirements and those of ``extra``, where an extra may name others of the project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    own = canonicalize_name(project["name"])
    waiting, seen = [*project["dependencies"], *project["optional-dependencies"][extra]], {extra}
    while waiting:
        requirement = Requirement(waiting.pop())
        if canonicalize_name(requirement.name) != own:
            yield requirement
            continue
        for other in requirement.extras - seen:
            seen.add(other)
            waiting += project["optional-dependencies"][other]


def applicable(requirements: Iterable[str], extra: str) -> Iterator[Requirement]:
    """Those of ``requirements`` that hold on this platform with ``extra`` asked for (none: the empty string)."""
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


if __name__ == "__main__":
    sys.exit(main())
