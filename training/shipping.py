"""The models that travel in the package: made from exported ones, small, and told apart when the tables have changed.

``python -m training ship`` takes what ``fit`` exported. It refuses models of other tables than those of the tree, keeps
large arrays in single precision, and writes beside them what they were made of: a hash of the data and one of the
encoded data for each property. A test of the tree compares both, so that nobody ships models of yesterday's tables.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from surrogate.datasets import load, load_companions, sha256_of
from surrogate.errors import ArtifactError
from surrogate.models.artifact import SHIPPED
from surrogate.models.base import ModelStatus
from surrogate.version import __version__

if TYPE_CHECKING:
    from surrogate.models import Surrogate

#: Most bytes of all models together.
MOST_BYTES = 12_000_000
#: How far a model may stand from the one it was made of, or from one that is trained again, in shares of the standard
#: deviation of a prediction: what nobody can see beside the interval.
TOLERANCE = 0.05
CONTENTS, NOTICE = "contents.json", "NOTICE.md"
REBUILD = "Rebuild them with 'make models'."


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What a shipped model was made of: the hash of its measurements, and that of what an encoding makes of them."""

    data_sha256: str
    encoding_sha256: str


def _provenance_of(property: str, data: Path | None = None) -> Provenance:
    """What a model of ``property`` would be made of now, with the tables of ``data`` (default: the bundled ones)."""
    from surrogate.models.surrogate import encode

    measurements, companions = load(property, data=data), load_companions(property, data=data)
    encoding, training, _ = encode(measurements, property, companions=companions)
    digest = hashlib.sha256(json.dumps([encoding.names, encoding.groups, sha256_of(companions)]).encode())
    for array in (training.X, training.y):  # six digits: the last ones depend on the machine
        digest.update("\n".join(f"{value:.6g}" for value in array.ravel()).encode())
    return Provenance(data_sha256=sha256_of(measurements), encoding_sha256=digest.hexdigest())


def contents(folder: Path = SHIPPED) -> dict[str, Provenance]:
    """What the models in ``folder`` were made of, by property; nothing where none are built."""
    path = folder / CONTENTS
    return {n: Provenance(**own) for n, own in json.loads(path.read_text("utf-8")).items()} if path.is_file() else {}


def stale(folder: Path = SHIPPED, data: Path | None = None) -> str:
    """Which models in ``folder`` are of other tables or features than the tree has, as a sentence; else nothing."""
    old = [name for name, stored in contents(folder).items() if stored != _provenance_of(name, data)]
    return f"The shipped models of {', '.join(old)} are not of these tables. {REBUILD}" if old else ""


def distance(one: Surrogate, other: Surrogate, property: str) -> float:
    """How far two models of ``property`` stand apart on its measurements, in standard deviations of a prediction."""
    candidates = [m.candidate for m in load(property)]
    here, there = (model.posterior(candidates) for model in (one, other))
    return float(np.max(np.abs(here.mean - there.mean) / here.std))


def ship(models: Mapping[str, Surrogate], out: Path = SHIPPED) -> dict[str, int]:
    """Write ``models`` as those of the package, in place of what is in ``out``; the bytes of each.

    Raises:
        ArtifactError: A model is of other tables, was not judged, changes by being stored small, or all are too large.
    """
    from surrogate.models import load as load_model
    from surrogate.models import save

    provenance = {name: _check(model) for name, model in models.items()}
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "shipped"
        for name, model in models.items():
            stored = save(model.with_identity(version=__version__), folder / name, compact=True)
            apart = distance(model, load_model(stored), name)
            if apart > TOLERANCE:
                raise ArtifactError(
                    f"The model of {name} changes by {apart:.2g} standard deviations in single precision."
                )
        sizes = {name: sum(path.stat().st_size for path in (folder / name).iterdir()) for name in models}
        if sum(sizes.values()) > MOST_BYTES:
            raise ArtifactError(
                f"The models have {sum(sizes.values()) / 1e6:.1f} MB; {MOST_BYTES / 1e6:.0f} MB are the most.",
                hint="Make their members smaller.",
            )
        plain = {name: vars(own) for name, own in provenance.items()}
        (folder / CONTENTS).write_text(json.dumps(plain, indent=1) + "\n", "utf-8")
        (folder / NOTICE).write_text(_notice(models), "utf-8")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(folder, out)
    return sizes


def _notice(models: Mapping[str, Surrogate]) -> str:
    """What the licences of the tables ask to be told with the models that learnt from them."""
    notices = dict.fromkeys(notice for model in models.values() for notice in model.card.notices)
    lines = ["# Notice", "", "These models learnt from the tables of this package, whose licences ask to say:", ""]
    return "\n".join([*lines, *(f"- {notice}" for notice in notices), ""])


def _check(model: Surrogate) -> Provenance:
    """What ``model`` is made of; :class:`ArtifactError` where that is not the tree, or where nobody judged it."""
    name = model.property.name
    provenance = _provenance_of(name)
    if provenance.data_sha256 != model.identity.data_sha256:
        raise ArtifactError(f"The model of {name} was trained on other tables than those of the tree.", hint=REBUILD)
    if model.identity.status is ModelStatus.CANDIDATE:
        raise ArtifactError(f"The model of {name} was not judged, so nobody knows how far it errs.", hint=REBUILD)
    return provenance
