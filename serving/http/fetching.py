"""A model fetched from a tracking server by a process of its own, within bounds on time, on memory and on disk.

What a server or a bucket sends is somebody else's word: a file without end must fill neither the disk nor the memory of
the process that serves, and a client that waits for minutes must not be waited for.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from surrogate.errors import ArtifactError, Unavailable
from surrogate.models.artifact import MAX_STORED_BYTES

#: The most files of a registered model, and address space of the process that fetches them, in bytes.
MOST_FILES, MEMORY_BYTES = 50, 4 * 1024**3
_LOOK_S = 0.1


def fetch(
    address: str, target: Path, environment: Mapping[str, str], *, tracking_uri: str | None, seconds: float
) -> None:
    """Put the files behind ``address`` into the folder ``target``.

    Raises:
        ArtifactError: They are too many or too large.
        Unavailable: The server does not give them, or not in ``seconds``.
    """
    command = [sys.executable, "-m", __name__, address, str(target), tracking_uri or ""]
    process = subprocess.Popen(
        command,
        env={**environment, **os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + seconds
    try:
        while process.poll() is None and time.monotonic() < end:
            _check_size(target)
            time.sleep(_LOOK_S)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
    _check_size(target)
    if process.returncode != 0:
        raise Unavailable(
            "The tracking server does not give the files of the model.",
            hint="Check MLFLOW_TRACKING_URI and the server.",
        )


def _check_size(folder: Path) -> None:
    """Refuse a folder of more files or bytes than a model has; :class:`ArtifactError`."""
    count, size = 0, 0
    for parent, _, names in os.walk(folder):
        for name in names:
            count += 1
            try:
                size += os.lstat(os.path.join(parent, name)).st_size
            except OSError:  # renamed when it was complete
                continue
    if count > MOST_FILES or size > 2 * MAX_STORED_BYTES:
        raise ArtifactError(
            f"The registered model holds more than {MOST_FILES} files or {2 * MAX_STORED_BYTES // 2**20} MB.",
            hint="Register what 'python -m training promote' exports.",
        )


def main(address: str, target: str, tracking_uri: str) -> None:
    """Bound this process in memory and file size, then download the files."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_STORED_BYTES, MAX_STORED_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from mlflow.artifacts import download_artifacts

    download_artifacts(artifact_uri=address, dst_path=target, tracking_uri=tracking_uri or None)


if __name__ == "__main__":
    main(*sys.argv[1:])
