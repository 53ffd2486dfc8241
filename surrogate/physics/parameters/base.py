"""What a physical parameter is: a value with its unit, its standing and its source, and how sure we are of it.

Every constant of the simulator is a :class:`Parameter`. Its ``status`` says where the number comes from:

* ``quoted``: printed in the source,
* ``fitted``: obtained by least squares from the numbers the source names,
* ``assumed``: a textbook or engineering value that no data of the project fixes.

A :class:`ParameterDraw` is one state of belief: the nominal values, or samples from the priors. Equations read a
parameter through the draw, ``p[song2020.AMORPHOUS_CONDUCTIVITY]``, so that the same code gives a nominal curve and a
simulated measurement with a spread.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Concatenate, Literal, ParamSpec

import numpy as np
import numpy.typing as npt

from surrogate.errors import InvalidInput

FloatArray = npt.NDArray[np.float64]
Status = Literal["fitted", "quoted", "assumed"]
Scale = Literal["linear", "log10"]
Rest = ParamSpec("Rest")


@dataclass(frozen=True)
class Parameter:
    """One constant, in the order of its row in a table: value, unit, standing, source, prior.

    ``spread`` is one standard deviation of the prior: in decades when ``scale`` is ``log10``, in the unit of the value
    when it is ``linear``. A spread of zero means the number is a definition or a choice of the experiment.
    ``low`` and ``high`` truncate the prior to what is physically possible.
    """

    name: str
    value: float
    unit: str
    status: Status
    source: str
    spread: float = 0.0
    scale: Scale = "linear"
    low: float = -np.inf
    high: float = np.inf

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise InvalidInput(
                f"Parameter {self.name} = {self.value} lies outside its own bounds [{self.low}, {self.high}].",
                hint="Give a value between the bounds.",
            )
        if self.scale == "log10" and self.value <= 0:
            raise InvalidInput(
                f"Parameter {self.name} = {self.value} has a logarithmic prior, which needs a positive value.",
                hint="Use scale='linear' or a positive value.",
            )

    def quantile(self, normal: FloatArray) -> FloatArray:
        """Values of the prior at standard normal scores ``normal`` (n,): score 0 is the nominal value."""
        if self.scale == "log10":
            drawn = self.value * 10.0 ** (self.spread * normal)
        else:
            drawn = self.value + self.spread * normal
        return np.clip(drawn, self.low, self.high)


def prefix_names(
    module: str, make: Callable[Concatenate[str, Rest], Parameter]
) -> Callable[Concatenate[str, Rest], Parameter]:
    """Have ``make`` begin every name with that of the module; a table of many parameters is written with it."""

    def make_prefixed(name: str, /, *rest: Rest.args, **named: Rest.kwargs) -> Parameter:
        return make(f"{module}.{name}", *rest, **named)

    return make_prefixed


#: Derived quantities that a draw keeps: those of another temperature are others.
_MOST_DERIVED = 64


@dataclass(frozen=True)
class ParameterDraw:
    """A choice of values for all parameters; what is not listed keeps its nominal value.

    ``values`` maps a parameter's name to a number, or to one number per row (n,): link functions broadcast, so that
    row i of a batch is computed with sample i of the draw. With k numbers each, (k, 1), every row is computed with
    every sample, and what comes out is (k, n).
    """

    values: Mapping[str, float | FloatArray] = field(default_factory=lambda: MappingProxyType({}))
    _derived: dict[Hashable, FloatArray] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __getitem__(self, parameter: Parameter) -> float | FloatArray:
        return self.values.get(parameter.name, parameter.value)

    @classmethod
    def sample(cls, parameters: Iterable[Parameter], n: int, seed: int | np.random.Generator) -> ParameterDraw:
        """Draw from priors, in the order of the names, so that adding a module does not depend on import order.

        Args:
            parameters: Those that have a prior; definitions are passed over.
            n: How many rows.
            seed: The same seed gives the same bits.
        """
        generator = np.random.default_rng(seed)
        uncertain = sorted((p for p in parameters if p.spread > 0), key=lambda p: p.name)
        return cls({p.name: p.quantile(generator.standard_normal(n)) for p in uncertain})

    def take(self, rows: npt.NDArray[np.intp] | slice) -> ParameterDraw:
        """The draw of some rows, for code that treats a subset of a batch."""
        if not any(_is_by_row(value) for value in self.values.values()):
            return self
        return ParameterDraw({k: v[rows] if _is_by_row(v) else v for k, v in self.values.items()})  # type: ignore[index]

    def derive(self, key: Hashable, compute: Callable[[], FloatArray]) -> FloatArray:
        """Work out a quantity of parameters alone once per draw, however many batches need it.

        Args:
            key: What the quantity is known by.
            compute: Gives the quantity.
        """
        derived = self._derived.get(key)
        if derived is None:
            if len(self._derived) >= _MOST_DERIVED:
                self._derived.clear()
            derived = self._derived[key] = compute()
        return derived


def _is_by_row(value: float | FloatArray) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 1


NOMINAL = ParameterDraw()
