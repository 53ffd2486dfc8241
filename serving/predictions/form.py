"""The form that describes a recipe and, if there is one, a cell: its fields by heading, and the items it stands for.

Several pages have it: one recipe is predicted or varied, two are compared. Where a page has two of it, each has a
prefix before the names of its fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError

from serving.http import conversion
from serving.http.errors import ProblemError, Refused, faults_of
from serving.http.state import State
from serving.pages import forms
from serving.pages.forms import Answers, Field
from serving.pages.routing import problem_of
from serving.pages.words import shown_text
from serving.predictions.compositions import parse
from surrogate.candidate.field import Field as Row
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import read
from surrogate.errors import SurrogateError
from surrogate.wire.candidates import FORMER, OF_A_MATERIAL, ElectrolyteInput
from surrogate.wire.catalogue import CompositionRequest, CompositionResponse
from surrogate.wire.described import place_of
from surrogate.wire.predictions import InvalidItem, PredictRequest
from surrogate.wire.problems import Fault

COMPOSITION, X, ACTIVE = "electrolyte.composition", "electrolyte.x", "cell.electrode.active_material"
TEMPERATURE = "protocol.temperature_c"
#: Older names of fields, which addresses that were kept still have.
_RENAMED = {f"cell.electrode.{older}": f"cell.electrode.{name}" for older, name in FORMER.items()}
#: Headings that are folded away beside those of rare fields.
_FOLDED = ("Finished powder",)
_MOVED_PATHS = {f"cell.electrode.active_material.{row.path[-1]}": f"cell.electrode.{row.name}" for row in OF_A_MATERIAL}


@dataclass(frozen=True, kw_only=True)
class Group:
    """Fields that stand together on the page; ``cell`` groups are folded away until a cell is wanted."""

    title: str
    fields: tuple[Field, ...]
    cell: bool = False
    rare: bool = False


@dataclass(frozen=True, kw_only=True)
class RecipeForm:
    """One description on a page; ``prefix`` stands before the names of its fields."""

    prefix: str = ""

    @property
    def composition(self) -> str:
        """The path of the composition."""
        return self.prefix + COMPOSITION

    @cached_property
    def head(self) -> tuple[Field, ...]:
        """The fields above the groups: what it is, and at which temperature it is measured."""
        composition, temperature = self._field(FIELDS["electrolyte"]), self._field(FIELDS["temperature_c"])
        x = forms.field_of(ElectrolyteInput, "x", f"{self.prefix}electrolyte.")
        return replace(composition, required=True, help=""), x, temperature

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The fields of the form by their heading, in the order of the table."""
        rows_by_title: dict[str, list[Row]] = {}
        for row in FIELDS.values():
            if row.group and row.name != "temperature_c":
                rows_by_title.setdefault(row.group, []).append(row)
        return tuple(
            Group(
                title=title,
                fields=tuple(map(self._field, rows)),
                cell=rows[0].part != "electrolyte",
                rare=rows[0].rare or title in _FOLDED,
            )
            for title, rows in rows_by_title.items()
        )

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Every field of the form by path."""
        return {field.path: field for field in (*self.head, *(f for group in self.groups for f in group.fields))}

    def _field(self, row: Row) -> Field:
        """A field of the form: the electrolyte is described once, for itself and for the electrode it is in."""
        step_path = ("cell", "electrode", row.name) if row in OF_A_MATERIAL else place_of(row, of_cell=False)
        field = forms.field_of_row(row, step_path)
        return replace(field, path=self.prefix + field.path)

    def is_filled(self, answers: Answers) -> bool:
        """Whether anything was typed into it."""
        return any(answers.value(path).strip() for path in self.fields)

    def typed(self, answers: Answers) -> dict[str, str]:
        """What was typed into it, by paths without its prefix; what is empty is left out."""
        return {path.removeprefix(self.prefix): text for path in self.fields if (text := answers.value(path).strip())}

    def typed_for(self, candidate: Candidate) -> dict[str, str]:
        """What a person would type to describe ``candidate``, by paths without the prefix."""
        paths = {field.name: path.removeprefix(self.prefix) for path, field in self.fields.items() if field.name}
        return {paths[name]: shown_text(value) for name, value in read(candidate).items() if name in paths}

    def describe_inputs(self, answers: Answers) -> list[tuple[str, str]]:
        """The filled-in fields beside the composition in words, for paper, which has no form."""
        by_path = {path: field for path, field in self.fields.items() if path != self.composition}
        return [
            (field.label, field.spoken(text))
            for path, field in by_path.items()
            if (text := answers.value(path).strip())
        ]

    def unfolded(self, answers: Answers) -> set[str]:
        """The folded parts in which something was typed or is wrong: titles, and "cell" for all of its own."""
        titles = set()
        for group in self.groups:
            if any(answers.value(f.path).strip() or f.path in answers.faults for f in group.fields):
                titles |= {group.title, *(("cell",) if group.cell else ())}
        return titles

    async def read_composition(self, answers: Answers, state: State) -> CompositionResponse | None:
        """How the composition is read, where one was typed; what cannot be read is blamed."""
        if not answers.value(self.composition).strip():
            return None
        request: dict[str, Any] = {"composition": answers.value(self.composition)}
        x = answers.value(self.prefix + X).strip().replace(",", ".")
        try:
            if x:
                request["x"] = float(x)
        except ValueError:
            return None  # the field of x says so
        try:
            return await state.compute.run(parse, CompositionRequest.model_validate(request))
        except (ValidationError, ProblemError, SurrogateError) as error:
            faults = problem_of(error)[2]
        move = self.prefix + "electrolyte."
        forms.place(answers, faults, self.fields, move=lambda pointer: move + forms.dotted(pointer))
        return None

    def items(self, answers: Answers) -> list[dict[str, Any]]:
        """The items of the filled-in form: the electrolyte alone, and the cell if one is described."""
        sections: dict[str, Any] = {}
        for path, value in forms.read_fields(self.fields.values(), answers).items():
            *parts, leaf = path.removeprefix(self.prefix).split(".")
            part = sections
            for step in parts:
                part = part.setdefault(step, {})
            part[leaf] = value
        electrolyte, cell, protocol = (sections.get(name, {}) for name in ("electrolyte", "cell", "protocol"))
        wants_cell = bool(cell or set(protocol) - {"temperature_c"})
        electrode = _electrode(cell.pop("electrode", {}))
        active = self.prefix + ACTIVE
        if wants_cell and "active_material" not in electrode and active not in answers.faults:
            missing = "A cell is described, and this says what stores the lithium in it."
            answers.blame(active, Fault(pointer="", code="missing", message=missing, hint="S, Li2S, TiS2, LiCoO2 …"))
        items: list[dict[str, Any]] = []
        if electrolyte or not wants_cell:
            at = {name: protocol[name] for name in ("temperature_c",) if name in protocol}
            items.append({"electrolyte": electrolyte, **({"protocol": at} if at else {})})
        if wants_cell:
            inside = {"electrolyte": electrolyte} if electrolyte else {}
            cell_parts = {**cell, "electrode": {**electrode, **inside}}
            items.append({"cell": cell_parts, **({"protocol": protocol} if protocol else {})})
        return items

    def place(self, answers: Answers, faults: list[Fault]) -> None:
        """Put faults of items beside the fields they belong to."""
        forms.place(answers, faults, self.fields, move=lambda pointer: self.prefix + _path(pointer))

    def place_what_else(self, answers: Answers, items: list[dict[str, Any]]) -> None:
        """Blame what else is wrong where something is wrong already: people mend a form in one go."""
        faults: list[Fault] = []
        for index, item in enumerate(PredictRequest.model_validate({"items": items}).items):
            if isinstance(item, InvalidItem):
                faults += faults_of(item.errors, at=f"/items/{index}")
                continue
            try:
                conversion.build_question(item)
            except Refused as refused:
                pointer = f"/items/{index}{refused.fault.pointer}"
                faults.append(refused.fault.model_copy(update={"pointer": pointer}))
        self.place(answers, faults)


#: The form of a page that has one.
FORM = RecipeForm()


def read_query(sent: Mapping[str, Any]) -> Answers:
    """What was typed into a form that is a query; notes say what was read otherwise than it stands."""
    return Answers(typed={_RENAMED.get(path, path): text for path, text in forms.typed(sent).items()})


def address_of(page: str, typed: Mapping[str, str], **more: str) -> str:
    """Write the address of a page with what was typed into its form.

    Args:
        page: The address without a query.
        typed: By path of the field.
        more: Further parts of the query, in the place of what was typed.
    """
    filled = {name: text for name, text in {**typed, **more}.items() if text.strip()}
    return page + ("?" + urlencode(filled) if filled else "")


def _electrode(parts: dict[str, Any]) -> dict[str, Any]:
    """An electrode as a request has it: an active material is its name, or a description in an object of its own."""
    material = {row.path[-1]: parts[row.name] for row in OF_A_MATERIAL if row.name in parts}
    rest = {name: value for name, value in parts.items() if name not in {row.name for row in OF_A_MATERIAL}}
    name = material.get("text")
    if name is None:
        return rest
    return {"active_material": name if len(material) == 1 else material, **rest}


def _path(pointer: str) -> str:
    """``/items/1/cell/electrode/electrolyte/route`` → ``electrolyte.route``: both items share the electrolyte."""
    path = forms.dotted(pointer)
    path = ".".join(path.split(".")[2:]) if path.startswith("items.") else path
    path = path.removeprefix("cell.electrode.") if path.startswith("cell.electrode.electrolyte.") else path
    return _MOVED_PATHS.get(path, path)
