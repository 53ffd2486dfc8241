"""A model as a folder that needs no pickle and no tracker: ``manifest.json`` and ``arrays.npz``.

The manifest says what the model is (property, members, weights, card, versions, data hash) and holds the sha256 of the
arrays; loading checks it and refuses a file that was changed. Arrays are read with pickling switched off.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import ArtifactError, Unavailable
from surrogate.models.applicability import Applicability
from surrogate.models.base import ModelCard, ModelIdentity, ModelStatus, Neighbour
from surrogate.models.calibration import Calibration
from surrogate.models.encoding import Encoding
from surrogate.models.estimators.registry import ESTIMATORS, from_arrays, to_arrays
from surrogate.models.known_recipes import KnownRecipes
from surrogate.models.simulated import stored_physics
from surrogate.models.surrogate import Surrogate
from surrogate.models.within_lab import WithinLab
from surrogate.properties import PROPERTIES, SETTING, in_order
from surrogate.version import __version__

#: Raised when what is stored, or its meaning, changes.
FORMAT = 6
#: Under this name, the model of activation energies within one of conductivities.
BARRIER = "barrier"
MANIFEST, ARRAYS = "manifest.json", "arrays.npz"
#: The largest model of the shipped data takes a tenth of it.
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
#: Most bytes of one file of a model, as it is stored.
MAX_STORED_BYTES = 128 * 1024 * 1024
#: Where the applications look first for trained models unless told otherwise: one folder per property.
MODELS = Path("models")
#: Models of the tables of this version, which are part of the package ('make models' builds them).
SHIPPED = Path(__file__).parent / "shipped"
#: Numbers of an array above which a compact artifact keeps seven digits of each.
_LARGE = 10_000
#: Begins the names of arrays that are compared for equality, words as numbers among them, and keep every digit.
_COMPARED = "recognised."
_RETRAIN = "Train it again with 'python -m training fit'."


def save(model: Surrogate, folder: str | Path, *, compact: bool = False) -> Path:
    """Write a model, the manifest last, so that a torn write is noticed.

    Args:
        model: The model.
        folder: Made when missing.
        compact: Keep large arrays in single precision: about half the bytes, and other last digits.

    Returns:
        The folder.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    arrays = _arrays_of(model)
    if compact:
        for name, array in arrays.items():
            if array.dtype == np.float64 and array.size > _LARGE and not name.startswith(_COMPARED):
                arrays[name] = array.astype(np.float32)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    content = buffer.getvalue()
    _replace(folder / ARRAYS, content)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "library_version": __version__,
        **_describe(model),
        "sha256": {ARRAYS: hashlib.sha256(content).hexdigest()},
    }
    manifest["sha256"][MANIFEST] = _digest(manifest)
    _replace(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode())
    return folder


def _arrays_of(model: Surrogate) -> dict[str, NDArray[Any]]:
    """Every array of ``model`` by its dotted name."""
    arrays: dict[str, NDArray[Any]] = {"weights": model.weights}
    for kind, member in model.members.items():
        arrays.update(to_arrays(member, f"member.{kind}."))
    if model.simulator is not None:
        arrays.update(to_arrays(model.simulator, "simulator."))
    if model.known_recipes is not None:
        arrays.update(to_arrays(model.known_recipes, "recognised."))
    if model.ceilings is not None:
        arrays["ceilings"] = model.ceilings
    arrays.update(to_arrays(model.calibration, "calibration."))
    arrays.update(to_arrays(model.applicability, "applicability."))
    if model.barrier is not None:
        arrays.update({f"{BARRIER}.{name}": array for name, array in _arrays_of(model.barrier).items()})
    return arrays


def _describe(model: Surrogate) -> dict[str, Any]:
    """What the manifest says of ``model``, beside what it says of the file."""
    return {
        "property": asdict(model.property),
        "encoding": asdict(model.encoding),
        "members": list(model.members),
        "within_lab": None if model.within_lab is None else asdict(model.within_lab),
        "identity": asdict(model.identity),
        "card": asdict(model.card),
        "rows": [asdict(row) for row in model.rows],
        BARRIER: None if model.barrier is None else _describe(model.barrier),
    }


def load(folder: str | Path) -> Surrogate:
    """Load the model of one property from its ``folder``; use :func:`load_models` for all of them.

    Raises:
        Unavailable: There is no model in the folder.
        ArtifactError: The model is damaged, was changed, or has another format.
    """
    folder = Path(folder)
    manifest, content = verify(folder)
    try:
        return _assemble(manifest, _unpacked(content))
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise ArtifactError(f"The model in '{folder}' cannot be read: {error}.", hint=_RETRAIN) from error


def verify(folder: Path) -> tuple[dict[str, Any], bytes]:
    """The manifest and the arrays of the model in ``folder``, both as they were saved; raises as :func:`load` does."""
    for name in (MANIFEST, ARRAYS):
        _check_size(folder / name)
    manifest = _read_manifest(folder)
    try:
        content = (folder / ARRAYS).read_bytes()
    except OSError:
        raise ArtifactError(f"The model in '{folder}' lacks {ARRAYS}.", hint=_RETRAIN) from None
    if hashlib.sha256(content).hexdigest() != manifest["sha256"].get(ARRAYS):
        raise ArtifactError(
            f"{ARRAYS} of the model in '{folder}' is not what was saved: its sha256 differs from the manifest.",
            hint="Do not use it; restore the folder or train again.",
        )
    return manifest, content


def models_folder() -> Path:
    """Where models are looked for when nobody says: in :data:`MODELS` if it holds some, else in :data:`SHIPPED`."""
    return next((folder for folder in (MODELS, SHIPPED) if any(folder.glob(f"*/{MANIFEST}"))), MODELS)


def load_models(folder: str | Path | None = None) -> dict[str, Surrogate]:
    """Load every model under ``folder``, by property, in the order of the table of properties.

    Args:
        folder: Holds a folder per property; ``None`` for :func:`models_folder`.

    Raises:
        Unavailable: There is no model.
        ArtifactError: A model is damaged, or there are two of one property.
    """
    folder = models_folder() if folder is None else Path(folder)
    folders = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}")) if folder.is_dir() else []
    if not folders:
        if (folder / MANIFEST).is_file():
            raise Unavailable(
                f"'{folder}' is the folder of one model, not of models by property.", hint=f"Give '{folder.parent}'."
            )
        raise Unavailable(
            f"There is no trained model in '{folder}'.",
            hint="Train with 'python -m training fit all', or run 'make demo'.",
        )
    models: dict[str, Surrogate] = {}
    place: dict[str, Path] = {}
    for model_folder in folders:
        model = load(model_folder)
        name = model.property.name
        if name in models:
            raise ArtifactError(
                f"There are two models of {name}, in '{place[name]}' and in '{model_folder}'.",
                hint="Move one of them out of the folder.",
            )
        models[name], place[name] = model, model_folder
    return {name: models[name] for name in in_order(models)}


def _check_size(path: Path) -> None:
    """Refuse a file that no model has before it is read; one that is not there is missed later."""
    size = path.stat().st_size if path.exists() else 0
    if size > MAX_STORED_BYTES:
        raise ArtifactError(
            f"{path.name} of the model in '{path.parent}' has {size // 2**20} MB; {MAX_STORED_BYTES // 2**20} MB are "
            "the most.",
            hint=_RETRAIN,
        )


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        checksums = dict(manifest["sha256"])
        declared = checksums.pop(MANIFEST)
    except OSError:
        raise Unavailable(
            f"There is no model in '{folder}'.",
            hint=f"Give the folder of one model, such as {MODELS}/ionic_conductivity; train with "
            "'python -m training fit all'.",
        ) from None
    except (ValueError, KeyError, TypeError):
        raise ArtifactError(f"{MANIFEST} of the model in '{folder}' cannot be read.", hint=_RETRAIN) from None
    if manifest.get("format") != FORMAT:
        raise ArtifactError(
            f"The model in '{folder}' has format {manifest.get('format')!r}; this version reads format {FORMAT}.",
            hint=_RETRAIN,
        )
    if _digest({**manifest, "sha256": checksums}) != declared:
        raise ArtifactError(
            f"{MANIFEST} of the model in '{folder}' was changed after it was saved.",
            hint="Do not use it; restore the folder or train again.",
        )
    return manifest


def _assemble(manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Surrogate:
    weights = arrays["weights"]
    if weights.shape != (len(manifest["members"]),) or not np.all(weights >= 0.0) or abs(weights.sum() - 1.0) > 1e-6:
        raise ArtifactError("The weights of the model's members are not shares that sum to one.", hint=_RETRAIN)
    _check_property(manifest.get("property"))
    encoding, identity, card = manifest["encoding"], dict(manifest["identity"]), dict(manifest["card"])
    identity["status"] = ModelStatus(identity["status"])
    card["limits"], card["notices"] = tuple(card["limits"]), tuple(card.get("notices", ()))
    return Surrogate(
        encoding=Encoding(
            property_name=encoding["property_name"],
            names=tuple(encoding["names"]),
            groups=tuple(encoding["groups"]),
            materials=tuple(encoding["materials"]),
            physics=bool(encoding["physics"]),
        ),
        members={kind: from_arrays(ESTIMATORS[kind].stored, arrays, f"member.{kind}.") for kind in manifest["members"]},
        weights=arrays["weights"],
        calibration=from_arrays(Calibration, arrays, "calibration."),
        applicability=from_arrays(Applicability, arrays, "applicability."),
        simulator=from_arrays(stored_physics(encoding["property_name"]), arrays, "simulator.")
        if encoding["physics"]
        else None,
        within_lab=None if manifest.get("within_lab") is None else WithinLab(**manifest["within_lab"]),
        known_recipes=from_arrays(KnownRecipes, arrays, "recognised.") if "recognised.pull" in arrays else None,
        ceilings=arrays.get("ceilings"),
        barrier=None if manifest[BARRIER] is None else _assemble(manifest[BARRIER], _within(arrays, f"{BARRIER}.")),
        rows=tuple(Neighbour(**row) for row in manifest["rows"]),
        identity=ModelIdentity(**identity),
        card=ModelCard(**card),
    )


def _within(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    """The arrays whose names begin with ``prefix``, without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _unpacked(content: bytes) -> dict[str, NDArray[Any]]:
    """The arrays by name; a few kilobytes that claim to be gigabytes are refused before they are unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > MAX_UNPACKED_BYTES:
        raise ArtifactError(
            f"The arrays of the model take {size / 2**20:.0f} MB; {MAX_UNPACKED_BYTES // 2**20} MB are the most."
        )
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except MemoryError:  # an array that says to be larger than what the file holds of it
        raise ArtifactError("The arrays of the model claim more memory than there is.", hint=_RETRAIN) from None


def _check_property(stored: Mapping[str, Any] | None) -> None:
    """Refuse a property that is unknown here or means something else than in training; older artifacts do not tell."""
    if stored is None:
        return
    name = stored["name"]
    if name not in PROPERTIES:
        raise ArtifactError(
            f"The model predicts '{name}' in {stored['unit']}, which is not in the table of properties.",
            hint=f"Set {SETTING} to the TOML file that describes it.",
        )
    current = PROPERTIES[name]
    for key in ("unit", "scale", "subject"):
        if str(getattr(current, key)) != stored[key]:
            raise ArtifactError(
                f"The model of {name} was trained with the {key} '{stored[key]}', but its description says "
                f"'{getattr(current, key)}'.",
                hint=_RETRAIN,
            )


def _digest(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write beside and rename, so that readers see the old file or the new one, never half of one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)
