"""Write `requirements/*.lock` from the environment this runs in: `make lock`.

A lock pins every distribution that an extra of `pyproject.toml` leads to, at the version installed here. To move to
newer versions: install them into `.venv`, run the tests, then run this. PyTorch has a file of its own
(`requirements/torch.txt`) and the GPU libraries that its build brings along belong to it, so neither is pinned here.
`peers.lock` pins all of `.venv-peers`, where that environment is; to begin anew, install the newest `baybe` and
`ax-platform` there after PyTorch.
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
PEERS = ROOT / ".venv-peers"
GPU_LIBRARIES = ("nvidia", "cuda", "triton")  # how their names start


def main() -> int:
    """Write every lock whose environment is there."""
    for extra, purpose in LOCKS.items():
        write(f"{extra}.lock", purpose, lock(extra))
    if PEERS.exists():
        write("peers.lock", "what 'make peers' installs beside PyTorch", lock_all(PEERS))
    return 0


def write(name: str, purpose: str, pins: list[str]) -> None:
    """Write ``pins`` to a file of ``requirements/`` that says what it is for."""
    first = "" if name == "serve.lock" else " Install requirements/torch.txt first."
    path = ROOT / "requirements" / name
    path.write_text(f"# Written by 'make lock': {purpose}.{first}\n" + "".join(pins))
    print(f"{path.relative_to(ROOT)}: {len(pins)} packages", file=sys.stderr)


def lock_all(environment: Path) -> list[str]:
    """One line `name==version` for each distribution of an ``environment`` but PyTorch, its libraries and pip."""
    places = [str(path) for path in environment.glob("lib/python*/site-packages")]
    installed = {
        canonicalize_name(d.metadata["Name"]): d.version for d in importlib.metadata.distributions(path=places)
    }
    left_out = ("torch", "pip", "setuptools")
    return [
        f"{name}=={version}\n"
        for name, version in sorted(installed.items())
        if name not in left_out and not name.startswith(GPU_LIBRARIES)
    ]


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
        for option in ("", *requirement.extras):
            if (name, option) not in seen:
                seen.add((name, option))
                further = applicable(distribution.requires or (), option)
                waiting += [r for r in further if not (name == "torch" and r.name.startswith(GPU_LIBRARIES))]
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
