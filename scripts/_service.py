"""The service as it is served, for scripts that show it at work."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks._processes import HOST, free_port, is_up, running, wait_until

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 120.0


@contextmanager
def service(models: Path, folder: Path, **settings: str) -> Iterator[str]:
    """The service as 'make serve' starts it, on a free port of this machine, ended when the block is left.

    Args:
        models: Folder of exported models.
        folder: Gets its log.
        settings: Further variables of its environment.

    Returns:
        Its address.
    """
    address = f"http://{HOST}:{free_port()}"
    port = address.rpartition(":")[2]
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:SurrogateService", "--host", HOST]
    environment = {**os.environ, "SURROGATE_MODELS": str(models.resolve()), "SURROGATE_AUTH": "off", **settings}
    folder.mkdir(exist_ok=True)
    with (
        (folder / "service.log").open("wb") as log,
        running([*command, "--port", port], cwd=ROOT, env=environment, stdout=log, stderr=log) as process,
    ):
        if not wait_until(lambda: is_up(f"{address}/readyz"), process, PATIENCE_S):
            raise SystemExit(f"The service did not start:\n{Path(log.name).read_text('utf-8', 'replace')[-3000:]}")
        yield address
