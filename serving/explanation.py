"""Explaining a few predictions: what moved each from usual members of its family, and the papers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from serving import conversion
from serving.errors import clean, fault_of
from serving.items import having, note_what_is_missing, read, refuse_if_none, wanted_models
from serving.registry import Served, Snapshot
from serving.state import Learnt, Library
from surrogate.errors import InvalidInput
from surrogate.measurement import Candidate
from surrogate.models.explanation import Explanation
from surrogate.models.explanation import explain as explained
from surrogate.models.surrogate import Surrogate
from surrogate.properties import Property
from surrogate.report.sources import TREES, Share, reference_of, shares, tree_weight
from surrogate.wire.explanations import ExplainRequest, ExplainResponse

#: Longest printed reference.
_REFERENCE = 300


def explain(request: ExplainRequest, snapshot: Snapshot, library: Library) -> ExplainResponse:
    """Explain every item; 422 when none could be, 503 when a model or the data it learnt from are not there."""
    models = wanted_models(request.properties, snapshot)
    items = read(request.items)
    for name, served in models.items():
        for item, candidate in having(items, served):
            try:
                item.properties[name] = _explained(served, candidate, library.learnt(name), request.papers)
            except InvalidInput as error:
                item.errors.append(fault_of(error, f"/items/{item.index}"))
    note_what_is_missing(items, models)
    refuse_if_none(items, "explained")
    return ExplainResponse.model_validate({"items": [item.answer() for item in items]})


def _explained(served: Served, candidate: Candidate, learnt: Learnt, papers: int) -> dict[str, Any]:
    """The fields of an :class:`ExplanationOutput`."""
    model = served.surrogate
    if not isinstance(model, Surrogate):
        raise InvalidInput(
            f"The model {model.identity.name} cannot be explained: it is not made of known parts.",
            hint="Serve a model that 'python -m training fit' made.",
        )
    found = explained(model, candidate, learnt.measurements)
    prop = found.property
    return {
        "unit": prop.unit,
        "ucum": prop.ucum,
        "start": found.start,
        "prediction": found.prediction,
        "compared_with": {"group": found.group, "rows": found.rows, "papers": found.papers},
        "effect_unit": "decades" if found.in_decades else prop.unit,
        "effects": _effects(found),
        "uses_physics": model.encoding.physics,
        "physics_share": found.physics_share,
        "papers": _papers(model, candidate, papers),
        "warnings": _warnings(model, prop, learnt),
        "model": conversion.model(model.identity, alias=served.alias),
    }


def _effects(found: Explanation) -> list[dict[str, Any]]:
    return [
        {
            "part": effect.part,
            "size": effect.size,
            "factor": 10.0**effect.size if found.in_decades else None,
            "share": abs(effect.size) / found.moved if found.moved else 0.0,
        }
        for effect in found.effects
    ]


def _papers(model: Surrogate, candidate: Candidate, count: int) -> dict[str, Any]:
    every = shares(model, candidate) if TREES in model.members else []
    others = every[count:]
    return {
        "trees_share": tree_weight(model),
        "named": [_paper(share) for share in every[:count]],
        "others": len(others),
        "others_share": min(1.0, sum(share.share for share in others)),
    }


def _paper(share: Share) -> dict[str, Any]:
    return {**vars(share), "reference": clean(reference_of(share.doi, share.reference, share.paper), limit=_REFERENCE)}


def _warnings(model: Surrogate, prop: Property, learnt: Learnt) -> Sequence[str]:
    """An explanation compares with rows the model has learnt from; when those here are others, it says so."""
    if learnt.sha256 == model.identity.data_sha256:
        return []
    return [
        f"The table of {prop.name} here is not the one that the model was trained on: what is usual, from where the "
        "effects are counted, may differ."
    ]
