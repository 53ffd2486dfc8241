"""BayBE and Ax, asked in an environment of their own (`make peers`), since they cannot live beside BentoML."""

from __future__ import annotations

import atexit
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from benchmarks import _peer_process
from benchmarks._peer_process import Array, decode, encode
from surrogate.errors import Unavailable

ENVIRONMENT = Path(__file__).resolve().parents[1] / ".venv-peers"
#: Name of a peer → the distribution it comes with.
DISTRIBUTIONS = {"baybe": "baybe", "ax": "ax-platform"}


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The ``rows`` (q, d) that a peer proposes, and the ``seconds`` that it took, without the way there and back."""

    rows: Array
    seconds: float


def find_versions() -> dict[str, str]:
    """Name → version of the peers that are installed in their environment; empty where there is none."""
    places = [str(path) for path in ENVIRONMENT.glob("lib/python*/site-packages")]
    installed = {d.metadata["Name"].lower().replace("_", "-"): d.version for d in distributions(path=places)}
    return {peer: installed[name] for peer, name in DISTRIBUTIONS.items() if name in installed}


def propose(peer: str, x: Array, seen: Sequence[int], values: Array, **settings: Any) -> Proposal:
    """Ask a ``peer`` what to measure next.

    Args:
        peer: A key of :data:`benchmarks._peer_process.PROPOSE`.
        x: Inputs of all candidates, (n, d), between 0 and 1.
        seen: Places of the k rows that were measured.
        values: What was measured there, (k, m).
        settings: What the peer takes besides: a seed, arrays of another task, the size of a batch.

    Raises:
        Unavailable: Where the peers are not installed, or one of them breaks down.
    """
    arrays = {"x": x, "values": values} | {k: v for k, v in settings.items() if hasattr(v, "shape")}
    plain = {k: v for k, v in settings.items() if k not in arrays}
    request = {"peer": peer, "seen": [int(row) for row in seen], **plain} | {k: encode(v) for k, v in arrays.items()}
    process = _start()
    try:
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except BrokenPipeError:
        line = ""
    answer: dict[str, Any] = json.loads(line) if line else {"error": f"its process ended with {process.wait()}"}
    if "error" in answer:
        raise Unavailable(f"The peer '{peer}' failed: {answer['error']}.", hint="Run 'make peers' for its environment.")
    return Proposal(rows=decode(answer["proposed"]), seconds=float(answer["seconds"]))


@cache
def _start() -> Any:
    """The process of the peers, started once in every process that asks."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        raise Unavailable(f"There is no environment of the peers at {ENVIRONMENT}.", hint="Run 'make peers'.")
    command = [str(python), _peer_process.__file__]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    atexit.register(process.terminate)
    return process
