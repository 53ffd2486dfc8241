"""Which model is served: the champion moves only for a version that passes the gate and is not worse than the champion.

The gate (:func:`surrogate.models.evaluation.gate`) asks for an error on unseen papers that is surely below the best
baseline's, and for honest 90 % intervals. Beside a champion, a challenger is compared paper by paper on the rows both
were judged on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from surrogate.errors import ArtifactError, Unavailable
from surrogate.models.base import ModelStatus
from surrogate.properties import Subject
from training.tracking import CHAMPION, MODEL, Run, Tracker, Version

if TYPE_CHECKING:
    import pandas as pd

    from surrogate.models import Surrogate

SUMMARY, ROWS, COMPARISON = "evaluation/summary.json", "evaluation/rows.parquet", "promotion.json"
#: What a model of each subject is shown to take, where it is described to MLflow.
EXAMPLES: Mapping[Subject, Mapping[str, Any]] = MappingProxyType(
    {
        Subject.ELECTROLYTE: {"electrolyte": "Li6PS5Cl", "heat_treatment_temperature_c": 550.0, "temperature_c": 25.0},
        Subject.CELL: {
            "active_material": "Li2S",
            "electrolyte": "Li6PS5Cl",
            "active_weight_fraction": 0.4,
            "electrolyte_weight_fraction": 0.4,
            "additive_weight_fraction": 0.2,
            "temperature_c": 25.0,
        },
    }
)
#: Papers that champion and challenger must share for a comparison to say anything.
LEAST_PAPERS = 5


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Champion and challenger on the same rows: ``gain`` is by how much the challenger's error is lower.

    ``interval`` (95 %, bootstrap over papers) is ``None`` when they share fewer than :data:`LEAST_PAPERS` papers.
    """

    champion: str
    n_rows: int
    n_papers: int
    gain: float | None = None
    interval: tuple[float, float] | None = None

    @property
    def worse(self) -> bool:
        """Whether the challenger errs more, beyond what the choice of papers explains."""
        return self.interval is not None and self.interval[1] < 0


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether a version becomes champion, and why not; ``note`` says when there was a champion to compare it with that
    cannot be read.
    """

    promoted: bool
    reasons: tuple[str, ...] = ()
    comparison: Comparison | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain types, as stored beside the run."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """What ``promote`` did for one property: the version asked for, the decision, and what is served now."""

    property: str
    version: str
    decision: Decision
    served: str
    status: str


def decide(
    summary: Mapping[str, Any], rows: pd.DataFrame, champion: tuple[Version, pd.DataFrame] | None, note: str = ""
) -> Decision:
    """Decide whether a version may become champion.

    Args:
        summary: Its evaluation, as :func:`training.summary.summary` writes it.
        rows: The rows of that evaluation.
        champion: The current champion with the rows of its own evaluation, if there is one.
        note: What a person should know of the decision besides.
    """
    from surrogate.models.evaluation import gate

    verdict = gate(summary["evaluation"], summary["baselines"])
    reasons = list(verdict.reasons)
    comparison = compare(rows, champion[1], champion[0].number) if champion else None
    if comparison is not None and comparison.worse and comparison.interval is not None:
        low, high = comparison.interval
        reasons.append(
            f"it errs more than champion version {comparison.champion}: by {-high:.3g} to {-low:.3g} "
            f"{summary['evaluation']['unit']} on {comparison.n_papers} papers"
        )
    return Decision(promoted=not reasons, reasons=tuple(reasons), comparison=comparison, note=note)


def compare(challenger: pd.DataFrame, champion: pd.DataFrame, number: str) -> Comparison:
    """Compare two evaluations on the measurements that they share.

    Args:
        challenger: Rows of one evaluation; its measured values count for both.
        champion: Rows of the other.
        number: Version of the champion.
    """
    from surrogate.models.evaluation import paired_gain

    rival = champion[["row_id", "predicted"]].rename(columns={"predicted": "baseline_champion"})
    shared = challenger.merge(rival.drop_duplicates("row_id"), on="row_id", how="inner")
    n_papers = int(shared["paper"].nunique())
    if n_papers < LEAST_PAPERS:
        return Comparison(champion=number, n_rows=len(shared), n_papers=n_papers)
    difference = paired_gain(shared, "baseline_champion")
    low, high = difference["interval"]
    gain = difference["gain"]
    return Comparison(champion=number, n_rows=len(shared), n_papers=n_papers, gain=gain, interval=(low, high))


def current_champion(tracker: Tracker, property: str) -> tuple[tuple[Version, pd.DataFrame] | None, str]:
    """The champion with the rows it was judged on, or ``None``; and, where one cannot be served, why not."""
    version = tracker.by_alias(property, CHAMPION)
    if version is None:
        return None, ""
    try:
        read(tracker, version)
        with TemporaryDirectory() as folder:
            return (version, _rows(tracker, version, Path(folder))), ""
    except ArtifactError as problem:
        return None, f"Nothing was compared with the champion, which cannot be served: {problem.message}"


def promote(tracker: Tracker, property: str, *, number: str | None, out: Path) -> Promotion:
    """Make a version champion if it may be, and export what is to be served.

    Args:
        tracker: Where versions are kept.
        property: Name of the property.
        number: The version; ``None`` for the newest.
        out: The model is exported to the folder of its property in here.

    Returns:
        The decision, with the reasons of a refusal, and what is served now.

    Raises:
        ArtifactError: For a damaged artifact.
    """
    version = tracker.version(property, number)
    champion, note = current_champion(tracker, property)
    if champion is not None and champion[0].number == version.number:
        decision = Decision(promoted=True)
    else:
        model = read(tracker, version)
        with TemporaryDirectory() as temporary:
            folder = Path(temporary)
            summary = json.loads(tracker.download(version, SUMMARY, folder).read_text(encoding="utf-8"))
            decision = decide(summary, _rows(tracker, version, folder), champion, note)
        run = tracker.run_of(version)
        run.log_json(decision.as_dict(), COMPARISON)
        if decision.promoted:
            store(model.with_identity(status=ModelStatus.CHAMPION, reason=""), run)
            tracker.set_alias(version, CHAMPION)
    served = export(tracker, version, out)
    return Promotion(
        property=property,
        version=version.number,
        decision=decision,
        served=served.identity.version,
        status=served.identity.status.value,
    )


def store(model: Surrogate, run: Run) -> None:
    """Write the artifact of a model to the files of a run, once it has been read back."""
    from surrogate.models import load, save

    with TemporaryDirectory() as temporary:
        folder = save(model, Path(temporary) / MODEL)
        load(folder)
        run.log_model(folder, model.property.name, EXAMPLES[model.property.subject])


def export(tracker: Tracker, version: Version, out: Path) -> Surrogate:
    """Export the champion of a property.

    Args:
        tracker: Where versions are kept.
        version: What is exported where no champion can be served.
        out: The model is exported to the folder of its property in here.
    """
    from surrogate.models import save

    champion = tracker.by_alias(version.property, CHAMPION)
    try:
        model = read(tracker, champion or version)
    except ArtifactError:
        if champion is None or champion == version:
            raise
        model = read(tracker, version)
    save(model, out / version.property)
    return model


def read(tracker: Tracker, version: Version) -> Surrogate:
    """The model of ``version``; :class:`ArtifactError` when it is damaged or of a format that is no longer read."""
    from surrogate.models import load

    with TemporaryDirectory() as temporary:
        folder = tracker.download(version, MODEL, Path(temporary))
        try:
            return load(folder)
        except (ArtifactError, Unavailable) as problem:
            # The folder is gone when somebody reads this.
            which = f"model in '{folder}'", f"stored model of {version.property} (version {version.number})"
            raise ArtifactError(problem.message.replace(*which), hint=problem.hint) from None


def _rows(tracker: Tracker, version: Version, folder: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(tracker.download(version, ROWS, folder))
