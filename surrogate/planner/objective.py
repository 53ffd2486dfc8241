"""What a campaign wants: properties to raise, lower or bring to a value, and thresholds that must be met.

An :class:`Objective` is a set of :class:`Target`; text such as ``"maximise ionic_conductivity"``,
``"ionic_conductivity >= 1 mS/cm"``, ``"minimise process_time_h"`` or ``"reach 3.5 process_time_h"`` is read by
:meth:`Objective.parse`. Several goals make a Pareto front, or one weighted sum as soon as one of them has a weight:
``"maximise ionic_conductivity weight 3"``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

import numpy as np

from surrogate.candidate.fields import FIELDS
from surrogate.candidate.spellings import refuse_thousands
from surrogate.composition.elements import SYMBOLS
from surrogate.errors import SpaceError, UnknownName
from surrogate.properties import PROPERTIES, Property, PropertyTable, current_table
from surrogate.space.derived import DERIVED
from surrogate.space.energy import FROM_PROPERTY
from surrogate.space.variables import Array
from surrogate.text import number, spoken
from surrogate.text import quantity as quantity_in_words
from surrogate.units import parse_quantity, unit_of


class Goal(StrEnum):
    """What to do with a quantity."""

    MAXIMISE = "maximise"
    MINIMISE = "minimise"
    REACH = "reach"
    AT_LEAST = ">="
    AT_MOST = "<="


_VERBS = {
    "maximise": Goal.MAXIMISE, "maximize": Goal.MAXIMISE, "max": Goal.MAXIMISE,
    "minimise": Goal.MINIMISE, "minimize": Goal.MINIMISE, "min": Goal.MINIMISE,
    "reach": Goal.REACH,
}  # fmt: skip
_COMPARISON = re.compile(r"\s*([A-Za-z_][\w ]*?)\s*(>=|<=|≥|≤|>|<)\s*(.+?)\s*")
_WISH = re.compile(r"\s*(\w+)\s+(?:(.+?)\s+)?([A-Za-z_]\w*)(?:\s+weight\s+([0-9.eE+-]+))?\s*")
_VALUE_IN_FRONT = re.compile(r"[-+.\deE]*\d\S*\s+")
_WEIGHT = re.compile(r"\sweight\s")
#: Under what conditions a wish is to hold, which the space says.
_CONDITION = re.compile(r"(?:\s|^)(?:@|(?:at|after|bei|nach|under)\s)\s*[-−]?\d")
_DECIMAL_COMMA = re.compile(r"[\d.]*\d,\d[\d,.]*")
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")
#: A bare number up to here may be meant as a share where the unit is per cent.
_MOST_AS_SHARE = 1.0


@dataclass(frozen=True, kw_only=True)
class Target:
    """One wish: a quantity, what to do with it, and the ``value`` where one is needed (in the unit of the quantity).

    ``weight`` counts in weighted objectives. ``smallest_worthwhile`` is the smallest difference that is worth an
    experiment, on the property's scale (decades for conductivities); it decides when to stop. Raises
    :class:`SpaceError` or :class:`UnknownName`.
    """

    quantity: str
    goal: Goal
    value: float | None = None
    weight: float = 1.0
    smallest_worthwhile: float | None = None

    def __post_init__(self) -> None:
        _check_quantity(self.quantity)
        needs = self.goal in (Goal.REACH, Goal.AT_LEAST, Goal.AT_MOST)
        if needs and (self.value is None or not math.isfinite(self.value)):
            raise SpaceError(
                f"'{self.goal} {self.quantity}' needs a finite value.", hint="Write 'ionic_conductivity >= 1e-3'."
            )
        if not needs and self.value is not None:
            raise SpaceError(f"'{self.goal} {self.quantity}' takes no value.", hint="Use 'reach', '>=' or '<='.")
        if needs and self.prop is not None:
            self.prop.check(float(self.value or 0.0))
        if not (math.isfinite(self.weight) and self.weight > 0):
            raise SpaceError(
                f"The weight of {self.quantity} is {self.weight:g}; it must be positive.", hint="Leave it out."
            )
        worthwhile = self.smallest_worthwhile
        if worthwhile is not None and not (math.isfinite(worthwhile) and worthwhile > 0):
            raise SpaceError(
                f"The smallest worthwhile difference of {self.quantity} is {worthwhile:g}; it must be positive."
            )

    @property
    def prop(self) -> Property | None:
        """The property, or ``None`` for a derived quantity."""
        return PROPERTIES.get(self.quantity)

    @property
    def base(self) -> str | None:
        """The property whose belief it rests on, ``None`` for a derived quantity without uncertainty."""
        return self.quantity if self.prop is not None else FROM_PROPERTY.get(self.quantity)

    @property
    def is_threshold(self) -> bool:
        """Whether it only has to be met."""
        return self.goal in (Goal.AT_LEAST, Goal.AT_MOST)

    @property
    def sign(self) -> float:
        """+1 where more is better, −1 where less is."""
        return -1.0 if self.goal in (Goal.MINIMISE, Goal.AT_MOST) else 1.0

    def to_scale(self, value: Array | float) -> Array:
        """Values in the unit → on the scale planners use (that of the property; as it is for a derived quantity)."""
        return np.asarray(value if self.prop is None else self.prop.to_scale(value), dtype=float)

    def from_scale(self, value: float) -> float:
        """The inverse of :meth:`to_scale`."""
        return float(value if self.prop is None else self.prop.from_scale(value))

    @property
    def scale_value(self) -> float:
        """``value`` on the scale."""
        if self.value is None:
            raise SpaceError(f"'{self}' has no value.", hint="Only thresholds and 'reach' have one.")
        return float(self.to_scale(self.value))

    @property
    def worthwhile(self) -> float:
        """Smallest worthwhile difference on the scale: stated, or what repeats in one laboratory differ by (a third of
        the spread between papers), or 0 for a derived quantity."""
        if self.smallest_worthwhile is not None:
            return self.smallest_worthwhile
        return 0.0 if self.prop is None else self.prop.between_papers / 3.0

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read one wish; units are understood ("≥ 1 mS/cm"). Raises :class:`SpaceError` for what is not one."""
        _check_decimal_sign(text)
        text = _write_names(text)
        if _CONDITION.search(text):
            raise SpaceError(
                f"'{text.strip()}' states a condition, and a wish has none.",
                hint="Conditions stand in the space, such as temperature_c = 60 or cycles = 100 under fixed.",
            )
        comparison = _COMPARISON.fullmatch(text)
        if comparison:
            goal = Goal.AT_LEAST if comparison[2] in (">=", "≥", ">") else Goal.AT_MOST
            _check_quantity(comparison[1])
            return cls(quantity=comparison[1], goal=goal, value=_value(comparison[3], comparison[1]))
        if text.strip().lower() in _VERBS:
            raise SpaceError(
                f"'{text.strip()}' does not say what.",
                hint=f"Write '{text.strip()} ionic_conductivity', on a command line between quotes.",
            )
        wish = _WISH.fullmatch(text)
        goal_of = _VERBS.get(wish[1].lower()) if wish else None
        if wish is None or goal_of is None:
            raise SpaceError(
                f"'{text}' is not an objective.",
                hint="Write 'maximise ionic_conductivity', 'ionic_conductivity >= 1e-3' or 'reach 25 process_time_h'.",
            )
        if not _is_quantity(wish[3]):
            # "ionic conductivity" is a name with a space, not a value of "conductivity".
            _check_quantity(_VALUE_IN_FRONT.sub("", " ".join(filter(None, (wish[2], wish[3]))), count=1))
        if wish[2] is not None and goal_of is not Goal.REACH:
            raise SpaceError(f"'{goal_of} {wish[3]}' takes no value.", hint="Use 'reach', '>=' or '<='.")
        value = None if wish[2] is None else _value(wish[2], wish[3])
        return cls(quantity=wish[3], goal=goal_of, value=value, weight=_weight(wish[4]))

    def __str__(self) -> str:
        value = "" if self.value is None else f"{self.value:g} {self.unit}".strip()
        if self.is_threshold:
            return f"{self.quantity} {self.goal} {value}"
        return f"{self.goal} {value + ' ' if value else ''}{self.quantity}"

    @property
    def shown(self) -> str:
        """The wish as a person reads it, in the unit that the tables show; ``str`` keeps the unit itself."""
        if self.prop is None or self.value is None:
            return str(self)
        value = f"{self.prop.shown_factor * self.value:g} {self.prop.shown_unit}"
        return f"{self.quantity} {self.goal} {value}" if self.is_threshold else f"{self.goal} {value} {self.quantity}"

    def shown_value(self, value: float) -> str:
        """A value of the quantity as a person reads it."""
        return f"{number(value)} {self.unit}".strip() if self.prop is None else quantity_in_words(value, self.prop)

    @property
    def unit(self) -> str:
        """The unit of ``value``."""
        return unit_of(self.quantity) if self.prop is None else self.prop.unit


def _write_names(text: str) -> str:
    """The text with quantities under their names: 'ionic conductivity' and 'process time' are such by what they say."""
    names, pattern = _spoken_names(current_table())
    return pattern.sub(lambda words: names[_fold(words[0])], text)


def _fold(words: str) -> str:
    return re.sub(r"[\s_-]+", " ", words).casefold()


@cache
def _spoken_names(table: PropertyTable) -> tuple[Mapping[str, str], re.Pattern[str]]:
    """Quantities by the words for them, and what matches these in a wish."""
    quantities = (*table.properties, *DERIVED, *FROM_PROPERTY)
    names = {_fold(words): name for name in quantities for words in (spoken(name), name)}
    longest_first = sorted(names, key=len, reverse=True)
    pattern = "|".join(r"[\s_-]+".join(map(re.escape, words.split())) for words in longest_first)
    return names, re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)


def _is_quantity(name: str) -> bool:
    return name in PROPERTIES or name in DERIVED or name in FROM_PROPERTY


def _check_quantity(name: str) -> None:
    if not _is_quantity(name):
        error = UnknownName("property or derived quantity", name, (*PROPERTIES, *DERIVED, *FROM_PROPERTY))
        if name in SYMBOLS:
            error.hint = f"What may be in a recipe is said of the space: --without {name}, --at-most {name}=0.2."
        elif name in FIELDS:
            error.hint = f"Settings are bounded in the space: --fix {name}=VALUE, --at-most {name}=VALUE."
        raise error


def _value(text: str, quantity: str) -> float:
    prop = PROPERTIES.get(quantity)
    unit = unit_of(quantity) if prop is None else prop.unit
    refuse_thousands(quantity, unit, text, quantity)
    value = parse_quantity(text, unit, name=quantity)
    bare = text.strip()[-1] in "0123456789."
    if unit == "%" and bare and 0.0 < value <= _MOST_AS_SHARE:
        raise SpaceError(
            f"{quantity} is in %, so {text.strip()} would mean {value:g} %.",
            hint=f"Write {100.0 * value:g} for a share of {value:g}, or '{value:g} %' if that is what you mean.",
        )
    return value


def _check_decimal_sign(text: str) -> None:
    """Refuse a decimal comma, which would end the wish in the middle of its number."""
    match = _DECIMAL_COMMA.search(text)
    if match:
        pointed = match[0].replace(",", ".")
        raise SpaceError(
            f"'{match[0]}' has a decimal comma; a comma ends a wish here.", hint=f"Write {pointed}, with a point."
        )


def _read_decimal_commas(text: str, notes: list[str]) -> str:
    """The text with decimal points; refuses a comma that may part thousands."""

    def point(match: re.Match[str]) -> str:
        number = match[0].replace(",", ".")
        if number.count(".") > 1 or _THOUSANDS.fullmatch(match[0]):
            raise SpaceError(
                f"'{match[0]}': a decimal comma or a thousands separator?",
                hint="Write the decimal mark as a point, and nothing between thousands.",
            )
        notes.append(f"'{match[0]}' was read with a decimal comma, as {number}.")
        return number

    return _DECIMAL_COMMA.sub(point, text)


def _weight(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        raise SpaceError(f"The weight '{text}' is not a number.", hint="Write 'maximise x weight 2'.") from None


@dataclass(frozen=True, kw_only=True)
class Objective:
    """All wishes of a campaign. ``weighted`` sums the goals by weight instead of spanning a Pareto front.

    Raises :class:`SpaceError` for no target, a wish given twice, a quantity with two goals, wishes that exclude each
    other, or a value to reach in a weighted sum. ``notes`` say how the text of the wishes was read.
    """

    targets: tuple[Target, ...]
    weighted: bool = False
    notes: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.targets:
            raise SpaceError("The objective is empty.", hint="Give at least one target.")
        self._check_repeats()
        for quantity in dict.fromkeys(target.quantity for target in self.targets):
            self._check_thresholds(quantity)
        for target in self.goals:
            if target.goal is Goal.REACH and self.weighted:
                raise SpaceError(
                    f"'{target}' cannot be part of a weighted sum.",
                    hint=f"Leave out every weight, or bound {target.quantity} by >= and <= in place of 'reach'.",
                )

    def _check_repeats(self) -> None:
        seen: dict[str, Target] = {}
        for target in self.targets:
            if str(target) in seen:
                raise SpaceError(f"'{target}' is given twice.", hint="Give it once.")
            seen[str(target)] = target
        goals = [target.quantity for target in self.goals]
        for quantity in goals:
            if goals.count(quantity) > 1:
                raise SpaceError(f"{quantity} has two goals that contradict each other.", hint="Keep one of them.")

    def _check_thresholds(self, quantity: str) -> None:
        """Refuse thresholds on one quantity that exclude each other, or the value that it is to reach."""
        stated = [(t.goal, t.value) for t in self.targets if t.quantity == quantity and t.value is not None]
        low = max((value for goal, value in stated if goal is Goal.AT_LEAST), default=-math.inf)
        high = min((value for goal, value in stated if goal is Goal.AT_MOST), default=math.inf)
        if low > high:
            raise SpaceError(
                f"{quantity} must be at least {low:g} and at most {high:g}, which nothing can meet.",
                hint="Loosen one of the two.",
            )
        for goal, value in stated:
            if goal is Goal.REACH and not low <= value <= high:
                limit = f"at least {low:g}" if value < low else f"at most {high:g}"
                raise SpaceError(
                    f"{quantity} is to reach {value:g} but must be {limit}, which nothing can meet.",
                    hint="Loosen the threshold, or reach another value.",
                )

    @classmethod
    def parse(cls, texts: str | Iterable[str], *, weighted: bool = False) -> Objective:
        """Read wishes.

        Args:
            texts: One wish each, or several with ``,`` or ``;`` between them. A decimal comma that can be nothing else
                is read, and mentioned in ``notes``.
            weighted: Take a weighted sum of several goals, as a weight on one of them does too.

        Raises:
            SpaceError: A text is no wish.
        """
        notes: list[str] = []
        lines = [_read_decimal_commas(text, notes) for text in ([texts] if isinstance(texts, str) else texts)]
        wishes = [wish for text in lines for wish in re.split(r"[;,]", text) if wish.strip()]
        targets = tuple(Target.parse(wish) for wish in wishes)
        several = sum(not target.is_threshold for target in targets) > 1
        return cls(
            targets=targets,
            weighted=weighted or (several and any(_WEIGHT.search(wish) for wish in wishes)),
            notes=tuple(notes),
        )

    @property
    def goals(self) -> tuple[Target, ...]:
        """What is raised, lowered or brought to a value."""
        return tuple(target for target in self.targets if not target.is_threshold)

    @property
    def thresholds(self) -> tuple[Target, ...]:
        """What has to be met."""
        return tuple(target for target in self.targets if target.is_threshold)

    @property
    def properties(self) -> tuple[str, ...]:
        """The measured or predicted properties it speaks of, each once."""
        return tuple(dict.fromkeys(t.base for t in self.targets if t.base is not None))

    @property
    def derived(self) -> tuple[str, ...]:
        """The derived quantities it speaks of, each once."""
        return tuple(dict.fromkeys(t.quantity for t in self.targets if t.prop is None))

    def __str__(self) -> str:
        return ", ".join(f"{target}{self._weight_of(target)}" for target in self.targets)

    @property
    def shown(self) -> str:
        """All wishes as a person reads them."""
        return ", ".join(f"{target.shown}{self._weight_of(target)}" for target in self.targets)

    def _weight_of(self, target: Target) -> str:
        """The weight of a goal in words, where weights count."""
        return f" weight {target.weight:g}" if self.weighted and not target.is_threshold else ""


def objective_of(wish: Objective | str | Sequence[str]) -> Objective:
    """An objective from itself or from text."""
    return wish if isinstance(wish, Objective) else Objective.parse(wish)
