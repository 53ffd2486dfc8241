"""`surrogate tell`: what came out, typed or in files of instruments."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surrogate.cli import notes, options
from surrogate.cli.measuring import AreasOption, DiametersOption, MassesOption, ReferenceOption, ThicknessesOption

if TYPE_CHECKING:
    from surrogate.campaign import Campaign, Result, Told


def tell(
    id: options.CampaignArgument,
    suggestion: Annotated[
        str | None, typer.Argument(help="Id of the suggestion that was made; files may say it instead.")
    ] = None,
    results: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROPERTY=VALUE", help="Measured: 'ionic_conductivity=1.3 mS/cm', or '=<0.01 mS/cm'."),
    ] = None,
    failed: Annotated[str | None, typer.Option("--failed", help="It could not be made; say why.")] = None,
    lost: Annotated[
        str | None, typer.Option("--lost", help="No value, through no fault of the recipe; say why.")
    ] = None,
    shorted: Annotated[str | None, typer.Option("--shorted", help="The cell shorted, not the recipe; say how.")] = None,
    replaces: Annotated[
        str | None, typer.Option("--replaces", help="Id of an earlier result that this corrects, or --lost withdraws.")
    ] = None,
    temperature: Annotated[
        str | None,
        typer.Option(
            "--temperature", help="Of the measurement, where the recipe says another: '60 °C', '333 K', 'RT'."
        ),
    ] = None,
    cancelled: Annotated[str | None, typer.Option("--cancelled", help="It will not be made; say why.")] = None,
    complete: Annotated[bool, typer.Option("--complete", help="Nothing more will be measured on it.")] = False,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "--file",
            help="A file of an instrument, as for 'measure'; may be repeated, and belong to several suggestions: "
            "'s4=cell7.csv', or a name that carries the id, such as 'cell_s4.csv'.",
        ),
    ] = None,
    mass: MassesOption = None,
    thickness: ThicknessesOption = None,
    diameter: DiametersOption = None,
    area: AreasOption = None,
    reference_cycle: ReferenceOption = None,
    note: Annotated[str | None, typer.Option("--note", help="What you want to remember of it.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the files in the store too, up to 8 MB each.")] = False,
    correct: Annotated[
        bool, typer.Option("--correct", help="Put right what the same files gave before, as with another mass.")
    ] = False,
    store: options.StoreOption = options.STORE,
) -> None:
    """Tell a campaign what came out; telling the same twice changes nothing."""
    from surrogate.campaign import CampaignStore, Result, State, Status
    from surrogate.errors import InvalidInput

    if sum((bool(results), bool(file), *(why is not None for why in (failed, cancelled, lost, shorted)))) != 1:
        raise InvalidInput(
            "Say what was measured (PROPERTY=VALUE or --file), or why it failed, was lost, shorted or was cancelled.",
            hint="One of them.",
        )
    if file and replaces is not None:
        raise InvalidInput("A file can give several values, which cannot replace one.", hint="Tell the value itself.")
    if (keep or correct) and not file:
        raise InvalidInput(
            f"There is no file to {'keep' if keep else 'correct'}.",
            hint="Give it with --file; --replaces corrects values.",
        )
    if suggestion is None and not file:
        raise InvalidInput("It is not said which suggestion was made.", hint="Give its id, such as s4.")
    with CampaignStore.open(store, must_exist=True) as opened:
        campaign = opened.get(id)
        if file:
            details = {
                "mass": mass or [], "thickness": thickness or [], "diameter": diameter or [], "area": area or [],
                "temperature": [] if temperature is None else [f"{_read_temperature(temperature):g} °C"],
            }  # fmt: skip
            suggestions = _tell_files(
                campaign, suggestion, file, details, reference_cycle=reference_cycle, note=note, keep=keep,
                complete=complete, correct=correct,
            )  # fmt: skip
        else:
            assert suggestion is not None
            suggestions = [suggestion]
            if cancelled is not None:
                campaign.update(suggestion, State.CANCELLED.value, reason=cancelled)
            elif failed is not None:
                campaign.update(suggestion, State.FAILED.value, reason=failed)
            elif results:
                at = None if temperature is None else _read_temperature(temperature)
                measured = _measured_results(campaign, suggestion, results, at, replaces, note)
                _say_questions(campaign, campaign.tell(measured, complete=complete))
            else:
                status, reason = (Status.SHORTED, str(shorted)) if lost is None else (Status.LOST, lost)
                campaign.tell(Result(suggestion=suggestion, status=status, reason=reason, replaces=replaces, note=note))
        states = states_of(campaign)
        for ident in suggestions:
            print(f"{ident}: {states[ident]}")


def _read_temperature(text: str) -> float:
    """The temperature of a measurement in °C; a bare number that may be in kelvin is refused, as in a recipe."""
    from surrogate.candidate.fields import FIELDS
    from surrogate.candidate.spellings import read_stated_number

    remarks: list[str] = []
    celsius = read_stated_number(FIELDS["temperature_c"], text, remarks, name="--temperature")
    notes.say(remarks)
    return celsius


def _measured_results(
    campaign: Campaign,
    suggestion: str,
    pairs: list[str],
    temperature_c: float | None,
    replaces: str | None,
    note: str | None,
) -> list[Result]:
    """What PROPERTY=VALUE stands for; the same words give the same ids, so that telling them twice changes nothing."""
    from surrogate.campaign import Result
    from surrogate.cli.read import values
    from surrogate.errors import InvalidInput

    if replaces is not None and len(pairs) != 1:
        raise InvalidInput(f"{len(pairs)} values cannot replace one.", hint="Give the one that is right.")
    candidate, at = None, ""
    if temperature_c is not None:
        planned = campaign.suggestion(suggestion).candidate
        candidate = replace(planned, protocol=replace(planned.protocol, temperature_c=temperature_c))
        at = f"@{temperature_c:g}C"
    return [
        Result(
            property=name, value=value, suggestion=suggestion, censoring=censoring, candidate=candidate,
            replaces=replaces, note=note, id=f"{suggestion}/{name}/{censoring.sign}{value!r}{at}",
        )
        for name, (value, censoring) in values(pairs).items()
    ]  # fmt: skip


def states_of(campaign: Campaign) -> dict[str, str]:
    """How suggestions stand: by their states, but *lost* or *shorted* where they failed through no fault of theirs."""
    from surrogate.campaign import State, Status
    from surrogate.campaign.records import every

    states = {suggestion.id: suggestion.state.value for suggestion in every(campaign.suggestions)}
    for record in every(campaign.measurements):
        ident, status = record.result.suggestion or "", record.result.status
        if record.is_used and states.get(ident) == State.FAILED and status in (Status.LOST, Status.SHORTED):
            states[ident] = status.value
    return states


def _tell_files(
    campaign: Campaign,
    suggestion: str | None,
    files: Sequence[str],
    details: Mapping[str, Sequence[str]],
    *,
    reference_cycle: int | None,
    note: str | None,
    keep: bool,
    complete: bool,
    correct: bool,
) -> list[str]:
    """Tell what the files of one suggestion say, or of each that they are addressed to; the suggestions.

    All of it is written or, where one file cannot be right, nothing.
    """
    from surrogate.campaign.files import as_corrections, match_rows, results_of
    from surrogate.campaign.records import every
    from surrogate.errors import Conflict
    from surrogate.instruments.measuring import measure
    from surrogate.instruments.paths import is_written
    from surrogate.instruments.source import open_file
    from surrogate.wire.instruments import write_reading

    candidates = {record.id: record.candidate for record in every(campaign.suggestions)}
    addressed = [_addressed(text, suggestion) for text in files]
    texts = [(ident, text) for ident, text in addressed if is_written(text)]
    opened = [(ident, open_file(Path(text))) for ident, text in addressed if not is_written(text)]
    rows = match_rows(candidates, opened, texts, details, reference_cycle=reference_cycle)
    results = []
    for row in rows:
        reading = measure(row.files, row.details, row.written)
        notes.say(reading.warnings, "warning")
        values = write_reading(reading).values
        results += results_of(values, row.suggestion, candidates[row.suggestion], note=note)
    if correct:
        results = as_corrections(campaign, results)
    kept = [file for row in rows for file in row.files] if keep else []
    _say_told_elsewhere(campaign, results)
    try:
        answer = campaign.tell(results, complete=complete, keep=kept)
    except Conflict as error:
        if "told before" not in error.message:
            raise
        hint = "Another mass, thickness, diameter or temperature than before? --correct puts it right."
        raise Conflict(error.message, hint=hint) from None
    _say_questions(campaign, answer)
    return [row.suggestion for row in rows]


def _say_told_elsewhere(campaign: Campaign, results: Sequence[Result]) -> None:
    """Files that another suggestion was told from, now or before, on standard error: one file is of one sample."""
    from surrogate.campaign.records import every

    owners: dict[str, dict[str, str]] = {}
    for result in (*(record.result for record in every(campaign.measurements) if record.is_used), *results):
        for file in () if result.provenance is None else result.provenance.files:
            owners.setdefault(file.sha256, {}).setdefault(str(result.suggestion), file.name)
    hashes = {file.sha256 for result in results if result.provenance is not None for file in result.provenance.files}
    for names in (owners[digest] for digest in sorted(hashes) if len(owners[digest]) > 1):
        print(
            f"warning: '{list(names.values())[-1]}' is told of {', '.join(names)}; one file is of one sample.",
            file=sys.stderr,
        )


def _addressed(text: str, suggestion: str | None) -> tuple[str | None, str]:
    """The suggestion that a file belongs to, if it is said, and the path or the resistance itself."""
    from surrogate.campaign.files import address_of
    from surrogate.errors import InvalidInput

    stated, rest = (None, text) if Path(text).is_file() else address_of(text)
    if stated is not None and suggestion not in (None, stated):
        raise InvalidInput(f"'{text}' is of {stated}, but {suggestion} is told.", hint=f"Leave out {suggestion}.")
    return stated or suggestion, rest


def _say_questions(campaign: Campaign, answer: Told) -> None:
    """Values that the others contradict, on standard error."""
    notes.say(campaign.questions([record.id for record in answer.measurements]), "question")
