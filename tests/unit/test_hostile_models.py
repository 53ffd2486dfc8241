"""Artifacts with the right hashes and the wrong contents: refused when they are loaded, at once."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from surrogate.errors import ArtifactError
from surrogate.models import artifact
from tests.trained import save_provisional

FOREST = "member.tree_ensemble."
Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_provisional(folder, property="ionic_conductivity", kind="tree_ensemble", n_trees=60)
    return folder / "ionic_conductivity"


def inner(arrays: Arrays) -> int:
    return int(np.flatnonzero(arrays[FOREST + "feature"] >= 0)[0])


def cycle(arrays: Arrays) -> None:
    arrays[FOREST + "left"][inner(arrays)] = inner(arrays)


def negative(arrays: Arrays) -> None:
    arrays[FOREST + "right"][inner(arrays)] = -5


def scale(arrays: Arrays) -> None:
    arrays["weights"] = arrays["weights"] * 3


def nothing(arrays: Arrays) -> None:
    arrays["weights"] = arrays["weights"] * 0


def foreign_row(arrays: Arrays) -> None:
    arrays[FOREST + "leaf_rows"][0] = -1


def inflate(arrays: Arrays) -> None:
    arrays["weights"] = np.zeros(80_000_000)


@pytest.mark.parametrize("spoil", [cycle, negative, scale, nothing, foreign_row, inflate])
def test_a_spoilt_model_with_fitting_hashes_is_refused(
    whole: Path, tmp_path: Path, spoil: Callable[[Arrays], None]
) -> None:
    with np.load(whole / artifact.ARRAYS) as file:
        arrays = dict(file)
    spoil(arrays)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    manifest = json.loads((whole / artifact.MANIFEST).read_text())
    manifest["sha256"] = {artifact.ARRAYS: hashlib.sha256(buffer.getvalue()).hexdigest()}
    manifest["sha256"][artifact.MANIFEST] = artifact._digest(manifest)
    (tmp_path / artifact.ARRAYS).write_bytes(buffer.getvalue())
    (tmp_path / artifact.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError):
        artifact.load(tmp_path)
    artifact.load(whole)


@pytest.mark.parametrize("name", [artifact.MANIFEST, artifact.ARRAYS])
def test_a_file_that_no_model_has_is_refused_before_it_is_read(whole: Path, tmp_path: Path, name: str) -> None:
    for file in (artifact.MANIFEST, artifact.ARRAYS):
        (tmp_path / file).write_bytes((whole / file).read_bytes())
    with (tmp_path / name).open("r+b") as large:
        large.truncate(artifact.MAX_STORED_BYTES + 1)
    with pytest.raises(ArtifactError, match="are the most"):
        artifact.load(tmp_path)
