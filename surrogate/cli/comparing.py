"""``surrogate compare``: which of some recipes has more, if one laboratory makes them all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surrogate.cli.options import (
    EncodingOption,
    Format,
    FormatOption,
    GivenOption,
    ModelsOption,
    PropertyOption,
)
from surrogate.cli.waiting import waiting
from surrogate.errors import InvalidInput
from surrogate.text import counted, print_table, quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surrogate.candidate.measurement import Candidate
    from surrogate.models.comparing import Compared

#: Endings of a first argument that is the name of a table.
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")


def compare(
    composition: Annotated[
        str | None,
        typer.Argument(
            help="A CSV or workbook with one recipe a row, columns named as settings; or the composition of recipe A."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME=VALUE",
            help="What is known of all, as NAME=VALUE with an optional unit; see 'surrogate settings'. A further "
            "composition is recipe B, made as A.",
        ),
    ] = None,
    versus: Annotated[
        list[str] | None,
        typer.Option(
            "--versus",
            help="What is different in recipe B, such as 'milling_time_h=20, form=glass'; repeat it for C, D …",
        ),
    ] = None,
    own_rows: GivenOption = None,
    encoding: EncodingOption = None,
    property: PropertyOption = None,
    level: Annotated[float, typer.Option(help="Probability that the interval of each recipe holds.")] = 0.9,
    models: ModelsOption = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """Say which recipe has more of each property, and with what chance, if one laboratory makes them all."""
    with waiting():
        from surrogate.cli import notes, read
        from surrogate.models.comparing import compare as compare_candidates

        file = composition is not None and composition.lower().endswith(_TABLES)
        if file and versus:
            raise InvalidInput("Give a file or --versus, not both.", hint="Leave out the one or the other.")
        stated = settings or []
        changes = [f"electrolyte={text}" for text in stated if "=" not in text] + (versus or [])
        if not file and not changes:
            raise InvalidInput(
                "There is nothing to compare with.",
                hint="Add a second composition, or --versus 'milling_time_h=20', or give a file.",
            )
        candidates = (
            read.candidates(None, stated, Path(composition), encoding=encoding)
            if file and composition is not None
            else read.versus(composition, [text for text in stated if "=" in text], changes)
        )
        answer = compare_candidates(
            candidates,
            models=models,
            properties=property or [],
            level=level,
            given=[] if own_rows is None else read.measured(own_rows, encoding=encoding),
        )
    _write(candidates, answer, format)
    notes.say_unused(candidates)


def _write(candidates: Sequence[Candidate], answer: Compared, form: Format) -> None:
    from surrogate.cli import output
    from surrogate.models.comparing import letter
    from surrogate.wire.comparisons import write_comparisons

    if form is Format.JSON:
        output.write_json(write_comparisons(candidates, answer))
    elif form is Format.CSV:
        lines = [
            {
                "property": c.property,
                "first": letter(c.first),
                "second": letter(c.second),
                "chance_that_second_has_more": c.chance,
                "sentence": c.sentence,
            }
            for c in answer.comparisons
        ]
        output.rows(lines, "csv", "comparisons")
    else:
        _show(candidates, answer)


def _show(candidates: Sequence[Candidate], answer: Compared) -> None:
    from surrogate.models.comparing import letter
    from surrogate.models.encoding import describe_fully
    from surrogate.properties import get_property
    from surrogate.report.words import interval

    print(f"{counted(len(candidates), 'recipe')}, as if one laboratory made and measured them all:")
    for place, candidate in enumerate(candidates):
        print(f"  {letter(place)}: {describe_fully(candidate)}")
    for name in dict.fromkeys(c.property for c in answer.comparisons):
        print(f"\n{get_property(name).label}")
        rows = [
            [letter(place), quantity(p[name].median, name), interval(p[name]), p[name].domain.status.value]
            for place, p in enumerate(answer.predictions)
        ]
        print_table(["", "median", "interval", "domain"], rows)
        for comparison in answer.comparisons:
            if comparison.property == name:
                print(f"  {comparison.sentence}")
    warnings = [
        f"{letter(place)}: {warning}" for place, by in enumerate(answer.predictions)
        for p in by.values() for warning in (*p.domain.reasons, *p.warnings)
    ]  # fmt: skip
    for warning in dict.fromkeys(warnings):
        print(f"  warning: {warning}")
