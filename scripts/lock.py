"""Write `requirements/*.lock` with uv: `make lock`.

A lock pins everything that an extra of `pyproject.toml` leads to, with the hashes of its files, for every platform that
has some. What is pinned already stays; `make lock UPGRADE=1` moves to the newest versions: install them, run the tests,
then commit. PyTorch has a file of its own (`requirements/torch.txt`) and the GPU libraries that its build brings along
belong to it, so neither is pinned here. The locks name no index; uv asks the one that `UV_DEFAULT_INDEX` names.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / "build" / "tools" / "bin" / "uv"
#: Lock → what it is for, and what it is made of.
LOCKS = {
    "dev": ("all that 'make' needs", ("pyproject.toml", "--extra", "dev")),
    "predict": (
        "what predicting, suggesting, campaigns and reports need",
        ("pyproject.toml", "--extra", "design", "--extra", "report", "requirements/predict.in"),
    ),
    "serve": ("what the container image needs", ("pyproject.toml", "--extra", "serve")),
    "train": (
        "what the image for training needs",
        ("pyproject.toml", "--extra", "train", "--extra", "postgres", "--extra", "s3"),
    ),
    "peers": ("what 'make peers' installs beside PyTorch", ("requirements/peers.in",)),
}
#: Locks of what answers without PyTorch.
WITHOUT_TORCH = ("predict", "serve")
#: Installed before everything else from its own file, and how the names of what belongs to it start.
APART, NOT_APART = ("torch=", "nvidia-", "cuda-", "triton="), ("nvidia-ml-py=",)
OPTIONS = (
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-annotate",
    "--no-header",
    "--quiet",
)


def main(arguments: Sequence[str]) -> int:
    """Write every lock; ``arguments`` are for uv."""
    for name, (purpose, source) in LOCKS.items():
        path = ROOT / "requirements" / f"{name}.lock"
        pins = compiled(path.read_text() if path.exists() else "", source, arguments)
        before = "" if name in WITHOUT_TORCH else " Install requirements/torch.txt first."
        path.write_text(f"# Written by 'make lock': {purpose}.{before}\n" + "".join(pins))
        print(f"{path.relative_to(ROOT)}: {len(pins)} packages", file=sys.stderr)
    return 0


def compiled(pinned: str, source: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """A block for each package that ``source`` leads to, with its hashes; what is ``pinned`` stays."""
    output = ROOT / "build" / "tools" / "compiled.lock"
    output.write_text(pinned)
    command = [str(UV), "pip", "compile", *source, *OPTIONS, *arguments, f"--output-file={output}"]
    subprocess.run(command, cwd=ROOT, check=True)
    blocks: list[str] = []
    for line in output.read_text().splitlines(keepends=True):
        if line.startswith(" "):
            blocks[-1] += line
        else:
            blocks.append(line)
    return [block for block in blocks if block.startswith(NOT_APART) or not block.startswith(APART)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
