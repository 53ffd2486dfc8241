"""Closed loops of a laboratory with bad weeks: failures, sweeps, slips of the pen, bounds, wrong priors, odd truths.

A campaign makes :data:`STARTS` random recipes of the space ``argyrodite`` and then asks :data:`ASKS` times for one
more. The hidden truth is drawn from the seed, so that all methods of one seed meet the same one, from the same starts;
a result is the truth give or take :data:`NOISE` decades. What the laboratory reports of it is the scenario. Failures
are reported as failures to ours, and to peers, which cannot be told, as the worst value that there is. Peers choose
from a pool of :data:`PEER_POOL` recipes.

The regret of a campaign is how many decades the best recipe that was made lies below the best of the space, by the
truth without noise. Truths and seeds on which the planner was chosen start at 1000.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from types import MappingProxyType
from typing import Any

import numpy as np

from benchmarks._contract import Bar, at_least, at_most
from benchmarks._peers import find_versions, propose
from surrogate.beliefs.base import Array
from surrogate.candidate.measurement import Candidate, Censoring, Measurement, Source
from surrogate.models.base import Domain, DomainStatus, Interval, ModelIdentity, ModelStatus, Posterior, Prediction
from surrogate.planner.optuna_planner import nearest_of_proposal
from surrogate.planner.suggest import suggest
from surrogate.properties import Property, get_property
from surrogate.space.design_space import DesignSpace, Pool
from surrogate.space.ready import ready
from surrogate.space.variables import Choice, Number

STARTS, ASKS = 4, 20
#: Decades between two pellets of one recipe.
NOISE = 0.1
PEER_POOL = 1024
#: From this result on a wrong prior may do no harm.
FORGIVEN = 10
SIGMA = "ionic_conductivity"
OBJECTIVE = f"maximise {SIGMA}"
_LEVEL = -3.0
_SLIP_AT, _SLIP = 8, 3.0
_SWEEP_C = (40.0, 60.0, 80.0, 100.0)
_CEILING = 0.0989  # S/cm, the largest that the product takes

Row = dict[str, Any]


def places(pool: Pool) -> dict[str, Array]:
    """Every number of the recipes between 0 and 1 (0 where it does not apply) and every option as 0 or 1, (n,) each."""
    columns: dict[str, Array] = {}
    for variable in pool.space.all_variables:
        if isinstance(variable, Number):
            columns[variable.name] = np.nan_to_num(variable.to_unit(pool.table.numbers[variable.name]))
        else:
            for option in variable.options:
                columns[f"{variable.name} {option}"] = (pool.table.choices[variable.name] == option).astype(float)
    return columns


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What recipes truly reach, in decades, and which of them cannot be made.

    A bowl around a place of its own in every number, an effect of every option, and what the ``kind`` adds to it. The
    same ``seed`` is the same bowl; ``mirrored`` it is best where the other is not, in every number and option.
    """

    space: DesignSpace
    seed: int
    kind: str = "smooth"
    mirrored: bool = False

    @cached_property
    def _bowl(self) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
        """Best place and depth by number, effect by option."""
        rng = np.random.default_rng((self.seed, 21))
        centres, depths = dict[str, float](), dict[str, float]()
        effects: dict[str, float] = {}
        sign = -1.0 if self.mirrored else 1.0
        for variable in self.space.all_variables:
            if isinstance(variable, Number):
                centre, depths[variable.name] = rng.uniform(0.2, 0.8), rng.uniform(0.3, 1.5)
                centres[variable.name] = 0.5 + sign * (centre - 0.5)
            else:
                effects |= {f"{variable.name} {option}": sign * rng.normal(0.0, 0.3) for option in variable.options}
        return centres, depths, effects

    @cached_property
    def needle(self) -> dict[str, str]:
        """The one combination of options of which the truth is 1.4 decades better."""
        pool = self.space.sample(512, self.seed)
        row = pool.table.row(int(np.random.default_rng((self.seed, 23)).integers(pool.n)))
        return {v.name: str(row[v.name]) for v in self.space.all_variables if isinstance(v, Choice)}

    def is_needle(self, pool: Pool) -> Array:
        """1 for recipes of the one combination, (n,)."""
        masks = [pool.table.choices[name] == option for name, option in self.needle.items()]
        return np.asarray(np.all(masks, axis=0), dtype=np.float64)

    def values(self, pool: Pool) -> Array:
        """log10 of the conductivity in S/cm without noise, (n,)."""
        centres, depths, effects = self._bowl
        at = places(pool)
        total = np.full(pool.n, _LEVEL)
        if self.kind.startswith("cliff"):
            centres = {**centres, "heat_treatment_temperature_c": 0.95}
            depths = {**depths, "heat_treatment_temperature_c": 1.5}
        for name, centre in centres.items():
            total = total - depths[name] * (at[name] - centre) ** 2
        flat = self.kind == "needle"
        for name, effect in effects.items():
            total = total + (0.3 if flat else 1.0) * effect * at[name]
        if flat:
            total = total + 1.4 * self.is_needle(pool)
        if self.kind == "rugged":
            rng = np.random.default_rng((self.seed, 25))
            x = np.column_stack(list(at.values()))
            frequencies, phases = rng.standard_normal((64, x.shape[1])) / 0.35, rng.uniform(0.0, 2.0 * np.pi, 64)
            total = total + 0.5 * np.sqrt(2.0 / 64) * np.cos(x @ frequencies.T + phases).sum(axis=1)
        return np.asarray(total)

    def fails(self, pool: Pool) -> Array:
        """Which recipes cannot be made, (n,)."""
        if not self.kind.startswith("cliff"):
            return np.zeros(pool.n, dtype=bool)
        return np.asarray(self._steepness(pool) >= self._edge)

    def _steepness(self, pool: Pool) -> Array:
        at = places(pool)
        sloped = 0.5 * at["milling_time_h"] if self.kind == "cliff 45" else 0.0
        return np.asarray(at["heat_treatment_temperature_c"] + sloped)

    @cached_property
    def _edge(self) -> float:
        """Where the share of the space that the name of the kind states begins to fail."""
        share = int(self.kind.removeprefix("cliff ")) / 100.0
        return float(np.quantile(self._steepness(self.space.sample(2048, 0)), 1.0 - share))

    @cached_property
    def best(self) -> float:
        """The best that can be made: of many recipes, and of what lies around the best of these."""
        pool = self.space.sample(8192, self.seed + 7)
        value = np.where(self.fails(pool), -np.inf, self.values(pool))
        position, best = int(np.argmax(value)), float(value.max())
        rng = np.random.default_rng((self.seed, 27))
        for width in (0.1, 0.05, 0.05, 0.02):
            around = self.space.near(pool, position, width * rng.standard_normal((512, self.space.dimensions)))
            value = np.where(self.fails(around), -np.inf, self.values(around))
            if len(value) and float(value.max()) > best:
                pool, position, best = around, int(np.argmax(value)), float(value.max())
        return best


@dataclass(frozen=True, kw_only=True)
class Prior:
    """A model from elsewhere, which believes another truth, half a decade off and 0.3 decades wide."""

    truth: Truth
    std: float = 0.3
    property: Property = field(default_factory=lambda: get_property(SIGMA))

    @builtins.property
    def identity(self) -> ModelIdentity:
        """A name."""
        return ModelIdentity(name="prior of the benchmark", version="1", status=ModelStatus.CANDIDATE, data_sha256="")

    def posterior(self, candidates: Sequence[Candidate]) -> Posterior:
        """Mean and spread on the scale, (n,)."""
        mean = self.truth.values(self.truth.space.described(candidates)) + 0.5
        std = np.full(len(mean), self.std)
        return Posterior(mean=mean, std=np.hypot(std, self.property.between_papers), std_model=std)

    def predict(self, candidates: Sequence[Candidate], *, level: float = 0.9, neighbours: int = 3) -> list[Prediction]:
        """One prediction per candidate."""
        posterior = self.posterior(candidates)
        return [
            Prediction(
                property=SIGMA, median=10.0**mean, scale_mean=mean, scale_std=std, neighbours=(), model=self.identity,
                interval=Interval(level=level, low=10.0 ** (mean - 1.64 * std), high=10.0 ** (mean + 1.64 * std)),
                domain=Domain(status=DomainStatus.EDGE, score=1.0),
            )
            for mean, std in zip(posterior.mean.tolist(), posterior.std.tolist(), strict=True)
        ]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A week in a laboratory: the ``kind`` of truth, what is reported of it, and the prior (right, wrong or none)."""

    kind: str = "smooth"
    report: str = "plain"
    prior: str = "none"
    peers: tuple[str, ...] = ("random", "tpe")


SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        "clean": Scenario(),
        "cliff, 36 % fail": Scenario(kind="cliff 36"),
        "cliff, 45 % fail": Scenario(kind="cliff 45"),
        "cliff, prior wants the heat": Scenario(kind="cliff 36", prior="right", peers=()),
        "sweeps": Scenario(report="sweep", peers=()),
        "slip": Scenario(report="slip"),
        "bounds": Scenario(report="bounds", peers=()),
        "wrong prior": Scenario(prior="wrong", peers=()),
        "right prior": Scenario(prior="right", peers=()),
        "needle": Scenario(kind="needle", peers=("random", "tpe", "baybe")),
        "rugged": Scenario(kind="rugged", peers=("random", "tpe", "baybe")),
    }
)


@dataclass
class Notebook:
    """What a campaign has made: recipes, what they truly reach (−∞ where they failed), and what was reported."""

    truth: Truth
    report: str
    rng: np.random.Generator
    candidates: list[Candidate] = field(default_factory=list)
    reached: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    failures: list[Candidate] = field(default_factory=list)
    needles: int = 0

    def make(self, candidate: Candidate) -> None:
        """Make one recipe and report what is measured."""
        pool = self.truth.space.described([candidate])
        number = len(self.candidates)
        noise, barrier, third, above = self.rng.standard_normal(), *self.rng.random(3)
        self.candidates.append(candidate)
        self.needles += int(self.truth.is_needle(pool)[0]) if self.truth.kind == "needle" else 0
        if self.truth.fails(pool)[0]:
            self.failures.append(candidate)
            self.reached.append(-np.inf)
            self.values.append(np.nan)
            return
        self.reached.append(float(self.truth.values(pool)[0]))
        value = self.reached[-1] + NOISE * noise
        if self.report == "slip" and number == _SLIP_AT:
            value += _SLIP
        self.values.append(value)
        if self.report == "bounds" and third < 1.0 / 3.0:
            side = Censoring.ABOVE if above < 0.5 else Censoring.BELOW
            shift = -0.3 if side is Censoring.ABOVE else 0.3
            self._write(candidate, value + shift, f"r{number}", side)
            return
        self._write(candidate, value, f"r{number}")
        if self.report == "sweep":
            # One line in ln(σT) over 1/T with a barrier of its own, as a pellet in a furnace shows it.
            barrier_ev, zero = 0.25 + 0.2 * barrier, 273.15
            for t in _SWEEP_C:
                decades = barrier_ev / (8.617e-5 * np.log(10.0)) * (1.0 / (25.0 + zero) - 1.0 / (t + zero))
                warm = replace(candidate, protocol=replace(candidate.protocol, temperature_c=t))
                point = value + decades - np.log10((t + zero) / (25.0 + zero)) + 0.02 * self.rng.standard_normal()
                self._write(warm, point, f"r{number}-{t:g}")

    def _write(self, candidate: Candidate, value: float, row_id: str, side: Censoring = Censoring.EXACT) -> None:
        measured = Measurement(
            property=SIGMA, value=min(10.0**value, _CEILING), candidate=candidate, censoring=side,
            source=Source(row_id=row_id, paper="lab"),
        )  # fmt: skip
        self.measurements.append(measured)


Chooser = Callable[[Notebook, int], Candidate]


def run_labs(scenario: str, method: str, seed: int) -> Row:
    """One campaign: failing asks, regret after each recipe, and whether the needle was made."""
    week = SCENARIOS[scenario]
    truth = Truth(space=ready("argyrodite"), seed=seed, kind=week.kind)
    notebook = Notebook(truth=truth, report=week.report, rng=np.random.default_rng((seed, 31)))
    for candidate in truth.space.sample(64, seed + 11).take(np.arange(STARTS)).candidates:
        notebook.make(candidate)
    choose = _CHOOSERS[method] if method != "ours" else partial(_ours, _prior(truth, week.prior))
    for ask in range(ASKS):
        notebook.make(choose(notebook, seed * 1000 + ask))
    best = np.maximum.accumulate(notebook.reached)
    reached = np.array(notebook.reached[STARTS:])
    trace = np.minimum(truth.best - best, 9.0)
    return {
        "failed": int(np.isneginf(reached).sum()), "regret": float(trace[-1]),
        "regret_late": float(trace[FORGIVEN:].mean()), "needle": notebook.needles > 0,
        "trace": np.round(trace, 3).tolist(),
    }  # fmt: skip


def _prior(truth: Truth, kind: str) -> dict[str, Prior]:
    return {} if kind == "none" else {SIGMA: Prior(truth=replace(truth, mirrored=kind == "wrong"))}


def _ours(models: Mapping[str, Any], notebook: Notebook, seed: int) -> Candidate:
    batch = suggest(
        notebook.truth.space, OBJECTIVE, models=models, measurements=notebook.measurements,
        failures=notebook.failures, batch=1, seed=seed,
    )  # fmt: skip
    return batch.suggestions[0].candidate


def _random(notebook: Notebook, seed: int) -> Candidate:
    return notebook.truth.space.sample(1, seed).candidates[0]


@lru_cache(maxsize=2)
def _peer_pool(seed: int) -> Pool:
    return ready("argyrodite").sample(PEER_POOL, seed)


def _history(notebook: Notebook) -> tuple[Array, Array]:
    """Encoded recipes (h, d) and their values (h,); the worst value of all where a recipe failed."""
    values = np.array(notebook.values)
    worst = float(np.nanmin(values)) if np.isfinite(values).any() else _LEVEL - 1.0
    return notebook.truth.space.encode(notebook.candidates), np.where(np.isnan(values), worst, values)


def _tpe(notebook: Notebook, seed: int) -> Candidate:
    x, values = _history(notebook)
    pool = _peer_pool(notebook.truth.seed)
    seen_rows = {row.tobytes() for row in x}
    left = np.array([i for i, row in enumerate(pool.encoded) if row.tobytes() not in seen_rows])
    no_columns = np.zeros((0, x.shape[1]))
    place = nearest_of_proposal("tpe", x, values[:, None], no_columns, pool.encoded[left], seed=seed)
    return pool.candidates[int(left[place])]


def _baybe(notebook: Notebook, seed: int) -> Candidate:
    x, values = _history(notebook)
    pool = _peer_pool(notebook.truth.seed)
    every = np.vstack([x, pool.encoded])
    every = (every - every.min(axis=0))[:, np.ptp(every, axis=0) > 0]
    proposed = propose("baybe", every / every.max(axis=0), range(len(x)), values[:, None], seed=seed).rows[0]
    gap = ((every[len(x) :] / every.max(axis=0) - proposed) ** 2).sum(axis=1)
    return pool.candidates[int(np.argmin(gap))]


_CHOOSERS: Mapping[str, Chooser] = MappingProxyType({"random": _random, "tpe": _tpe, "baybe": _baybe})


# -- the report ----------


def _arms(week: Scenario) -> list[str]:
    there = find_versions()
    return ["ours", *(peer for peer in week.peers if peer != "baybe" or peer in there)]


def labs_jobs(seed: int) -> list[tuple[tuple[str, ...], Callable[[], Row]]]:
    """Every scenario and method of one seed, by key."""
    return [
        (("labs", name, method, str(seed)), partial(run_labs, name, method, seed))
        for name, week in SCENARIOS.items()
        for method in _arms(week)
    ]


def labs_report(results: Mapping[tuple[str, ...], Row], seeds: int) -> tuple[list[Row], list[Bar]]:
    """Failing asks, regrets and needles by scenario and method, and the bars as medians of paired differences."""

    def column(scenario: str, quantity: str, method: str = "ours") -> Array:
        return np.array([float(results["labs", scenario, method, str(seed)][quantity]) for seed in range(seeds)])

    rows: list[Row] = []
    for name, week in SCENARIOS.items():
        for method in _arms(week):
            low, middle, high = _median_of(column(name, "regret", method))
            rows.append({
                "part": "labs", "scenario": name, "method": method, "runs": seeds, "regret": middle,
                "regret_low": low, "regret_high": high,
                "failing_asks": float(column(name, "failed", method).mean()),
                "needles": int(column(name, "needle", method).sum()),
            })  # fmt: skip
        rows += [
            {"part": "labs", "scenario": name, "method": peer, "note": "not installed, not compared; run 'make peers'"}
            for peer in week.peers
            if peer not in _arms(week)
        ]
    bars = []
    for name in ("cliff, 36 % fail", "cliff, 45 % fail", "cliff, prior wants the heat"):
        blind = column(name if SCENARIOS[name].peers else "cliff, 36 % fail", "failed", "random")
        more = _median_of(column(name, "failed") - 0.5 * blind)[1]
        bars.append(at_most(f"{name}: failing asks beyond half of random's, median", more, 0.0))
        bars.append(at_most(f"{name}: regret, median", float(np.median(column(name, "regret"))), 0.1, unit="decades"))
    clean = column("clean", "regret")
    for name in ("sweeps", "slip", "bounds"):
        more = _median_of(column(name, "regret") - clean)[1]
        bars.append(at_most(f"{name}: regret beyond that of clean results, median", more, 0.05, unit="decades"))
    late = _median_of(column("wrong prior", "regret_late") - column("clean", "regret_late"))[1]
    bars.append(at_most("wrong prior: regret from the tenth result on beyond no prior, median", late, 0.0))
    for name, quantity in (("needle", "needle"), ("rugged", "regret")):
        rival = "baybe" if "baybe" in _arms(SCENARIOS[name]) else "tpe"
        gap = column(name, quantity) - column(name, quantity, rival)
        if quantity == "needle":
            bars.append(at_least(f"{name}: more often than {rival}", float(gap.sum()), 1.0))
        else:
            bars.append(at_most(f"{name}: regret beyond that of {rival}, median", _median_of(gap)[1], 0.0))
    return rows, bars


def _median_of(values: Array) -> tuple[float, float, float]:
    """Lower end of the 95 % interval of a median, the median, and the upper end (bootstrap over campaigns)."""
    drawn = np.random.default_rng(0).choice(values, size=(4000, len(values)), replace=True)
    low, high = np.quantile(np.median(drawn, axis=1), (0.025, 0.975))
    return float(low), float(np.median(values)), float(high)
