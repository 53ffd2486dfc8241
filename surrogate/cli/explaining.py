"""``surrogate explain``: why a prediction is what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate.cli.options import (
    CompositionArgument,
    Format,
    FormatOption,
    ModelsOption,
    PropertyOption,
    SettingsArgument,
)
from surrogate.text import counted, percent, quantity

if TYPE_CHECKING:
    from surrogate.candidate.measurement import Candidate
    from surrogate.models.surrogate import Surrogate
    from surrogate.wire.explanations import ExplanationOutput

#: Papers that are named; the others are counted.
PAPERS = 5


def explain(
    composition: CompositionArgument = None,
    settings: SettingsArgument = None,
    property: PropertyOption = None,
    models: ModelsOption = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """Say which parts of a description move a prediction away from usual rows of its family, and on which papers."""
    from surrogate.cli import notes, output, read
    from surrogate.models.predicting import select_models

    (candidate,) = read.candidates(composition, settings or [], None)
    fitting = select_models(models, property or [], [candidate])
    answers = {name: _answer(model, candidate) for name, model in fitting.items()}
    if format is Format.TABLE:
        for place, (name, answer) in enumerate(answers.items()):
            if place:
                print()
            _show(name, answer, fitting[name])
    elif format is Format.JSON:
        written = [{"property": name, **answer.model_dump(mode="json")} for name, answer in answers.items()]
        output.rows(written, "json", "explanations")
    else:
        effects = [
            {"property": name, "part": effect.part, "effect": effect.size, "scale": answer.effect_unit}
            for name, answer in answers.items()
            for effect in answer.effects
        ]
        output.rows(effects, "csv", "effects")
    notes.say_unused([candidate])


def _answer(model: Surrogate, candidate: Candidate) -> ExplanationOutput:
    from surrogate.datasets import load_trained
    from surrogate.report.explanations import write_explanation

    measurements, sha256 = load_trained(model.property.name, model.identity.data_sha256)
    alias = model.identity.status.value
    return write_explanation(model, candidate, measurements, sha256=sha256, alias=alias)


def _show(name: str, answer: ExplanationOutput, model: Surrogate) -> None:
    from surrogate.models.explanation import ALL_GROUPS
    from surrogate.report.sources import LEAST_NAMED
    from surrogate.text import effect as effect_in_words

    print(f"{model.property.label}")
    compared = answer.compared_with
    usual = f"row of {compared.group}" if compared.group in ALL_GROUPS.values() else compared.group
    print(
        f"   usual {usual}: {quantity(answer.start, name)} (what the model says of "
        f"{counted(compared.rows, 'measured row')} of {counted(compared.papers, 'paper')})"
    )
    for effect in answer.effects:
        print(f"   {effect_in_words(effect.size, name):>14}  {effect.part}")
    print(f"   prediction: {quantity(answer.prediction, name)}")
    named, further = answer.papers.named[:PAPERS], answer.papers.named[PAPERS:]
    if named:
        print("   papers that weigh most:")
    for paper in named:
        source = f" [{paper.doi}]" if paper.doi and paper.doi not in (paper.reference or "") else ""
        print(f"   {percent(paper.share):>7}  {paper.reference}{source}")
    if further:
        print(f"   {percent(sum(paper.share for paper in further)):>7}  {counted(len(further), 'other paper')}")
    if answer.papers.borrowed_share >= LEAST_NAMED:
        print(f"   {percent(answer.papers.borrowed_share):>7}  cells of which only the discharge was measured")
    share = f"{percent(answer.physics_share)} of these effects came through"
    physics = share if answer.uses_physics else "this model does not ask"
    print(f"   {physics} the simulator")
    for warning in answer.warnings:
        print(f"   warning: {warning}")
