"""Why a prediction is what it is, as it is sent: what moved it, the share of physics, the papers behind it."""

from __future__ import annotations

from collections.abc import Sequence

from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.errors import InvalidInput
from surrogate.models.base import FittedSurrogate
from surrogate.models.explanation import Effect, explain
from surrogate.models.surrogate import Surrogate
from surrogate.report.sources import Share, reference_of, shares, tree_weight
from surrogate.text import visible
from surrogate.wire.answers import write_model
from surrogate.wire.explanations import EffectOutput, ExplanationOutput, PaperOutput, PapersOutput

#: Longest printed reference.
MAX_REFERENCE = 300


def write_explanation(
    model: FittedSurrogate,
    candidate: Candidate,
    measurements: Sequence[Measurement],
    *,
    sha256: str,
    alias: str,
    papers: int | None = None,
) -> ExplanationOutput:
    """What moved the prediction of ``model`` for ``candidate`` away from usual rows of its family.

    Args:
        model: A model that was fitted here; others cannot be explained (:class:`InvalidInput`).
        candidate: What is predicted.
        measurements: What models of the property learn from.
        sha256: Their hash, by which a model names what it has learnt from.
        alias: The name under which the model was promoted.
        papers: How many of the papers that weigh most are named; ``None`` names all.
    """
    if not isinstance(model, Surrogate):
        raise InvalidInput(
            f"The model {model.identity.name} cannot be explained: it is not made of known parts.",
            hint="Serve a model that 'python -m training fit' made.",
        )
    explanation = explain(model, candidate, measurements)
    prop = explanation.property
    return ExplanationOutput.model_validate(
        {
            "unit": prop.unit,
            "ucum": prop.ucum,
            "start": explanation.start,
            "prediction": explanation.prediction,
            "compared_with": {"group": explanation.group, "rows": explanation.rows, "papers": explanation.papers},
            "effect_unit": "decades" if explanation.in_decades else prop.unit,
            "effects": [
                _write_effect(effect, explanation.moved, explanation.in_decades) for effect in explanation.effects
            ],
            "uses_physics": model.encoding.physics,
            "physics_share": explanation.physics_share,
            "papers": _write_papers(model, candidate, papers),
            "warnings": _list_warnings(model, sha256),
            "model": write_model(model.identity, alias=alias),
        }
    )


def _write_effect(effect: Effect, moved: float, in_decades: bool) -> EffectOutput:
    return EffectOutput(
        part=effect.part,
        size=effect.size,
        factor=10.0**effect.size if in_decades else None,
        share=abs(effect.size) / moved if moved else 0.0,
    )


def _write_papers(model: Surrogate, candidate: Candidate, count: int | None) -> PapersOutput:
    every = shares(model, candidate) if tree_weight(model) else []
    weightiest = every if count is None else every[:count]
    rest = every[len(weightiest) :]
    return PapersOutput(
        trees_share=tree_weight(model),
        named=[_write_paper(share) for share in weightiest],
        others=len(rest),
        others_share=min(1.0, sum(share.share for share in rest)),
        borrowed_share=min(1.0, max(0.0, 1.0 - sum(share.share for share in every))) if every else 0.0,
    )


def _write_paper(share: Share) -> PaperOutput:
    reference = visible(reference_of(share.doi, share.reference, share.paper))
    if len(reference) > MAX_REFERENCE:
        reference = f"{reference[: MAX_REFERENCE - 1]}…"
    return PaperOutput.model_validate({**vars(share), "reference": reference})


def _list_warnings(model: Surrogate, sha256: str) -> list[str]:
    """An explanation compares with rows the model has learnt from; when those here are others, it says so."""
    if sha256 == model.identity.data_sha256:
        return []
    return [
        f"The table of {model.property.name} here is not the one that the model was trained on: what is usual, from "
        "where the effects are counted, may differ."
    ]
