"""``surrogate explain``: why a prediction is what it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surrogate.cli.options import Format, FormatOption, ModelsOption, SettingsArgument
from surrogate.text import counted, quantity

if TYPE_CHECKING:
    from surrogate.measurement import Candidate
    from surrogate.models.surrogate import Surrogate

#: Papers that are named; the others are counted.
PAPERS = 5


def explain(
    composition: Annotated[
        str | None, typer.Argument(help="Composition in any notation, e.g. Li6PS5Cl or 75Li2S-25P2S5.")
    ] = None,
    settings: SettingsArgument = None,
    property: Annotated[
        list[str] | None, typer.Option("--property", help="Only this property; may be repeated.")
    ] = None,
    models: ModelsOption = Path("models"),
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
        output.rows([{"property": name, **answer} for name, answer in answers.items()], "json", "explanations")
    else:
        effects = [{"property": name, **effect} for name, answer in answers.items() for effect in answer["effects"]]
        output.rows(effects, "csv", "effects")
    notes.say_unused([candidate])


def _answer(model: Surrogate, candidate: Candidate) -> dict[str, Any]:
    from surrogate.datasets import load
    from surrogate.models.explanation import explain as moved
    from surrogate.report.sources import TREES, shares

    explanation = moved(model, candidate, load(model.property.name))
    scale = "decades" if explanation.in_decades else explanation.property.unit
    return {
        "group": explanation.group,
        "unit": explanation.property.unit,
        "start": explanation.start,
        "prediction": explanation.prediction,
        "compared_with": {"rows": explanation.rows, "papers": explanation.papers},
        "effects": [{"part": effect.part, "effect": effect.size, "scale": scale} for effect in explanation.effects],
        "papers": [
            {"paper": share.reference, "doi": share.doi, "share": share.share, "fidelity": share.fidelity}
            for share in (shares(model, candidate) if TREES in model.members else [])
        ],
        "simulator": model.encoding.physics,
        "simulator_share": explanation.physics_share,
    }


def _show(name: str, answer: Mapping[str, Any], model: Surrogate) -> None:
    from surrogate.models.explanation import ALL_GROUPS
    from surrogate.text import effect as effect_in_words

    print(f"{model.property.label}")
    compared, group = answer["compared_with"], answer["group"]
    usual = f"row of {group}" if group in ALL_GROUPS.values() else group
    print(
        f"   usual {usual}: {quantity(answer['start'], name)} (what the model says of "
        f"{counted(compared['rows'], 'measured row')} of {counted(compared['papers'], 'paper')})"
    )
    for effect in answer["effects"]:
        print(f"   {effect_in_words(effect['effect'], name):>14}  {effect['part']}")
    print(f"   prediction: {quantity(answer['prediction'], name)}")
    named, others = answer["papers"][:PAPERS], answer["papers"][PAPERS:]
    if named:
        print("   papers that weigh most:")
    for paper in named:
        source = f" [{paper['doi']}]" if paper["doi"] else ""
        print(f"   {paper['share']:>6.0%}  {paper['paper']}{source}")
    if others:
        print(f"   {sum(paper['share'] for paper in others):>6.0%}  {counted(len(others), 'other paper')}")
    share = answer["simulator_share"]
    physics = f"{share:.0%} of these effects came through" if answer["simulator"] else "this model does not ask"
    print(f"   {physics} the simulator")
