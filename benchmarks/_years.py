"""When a paper appeared, as far as a table or a DOI says, and models that learn from the earlier papers alone.

Folds deal papers at random, so that a model may learn from 2025 what it is asked of 2015. Here papers up to a year
teach and later ones judge, as a laboratory meets them. The year is that of the bibliography, of the citation or of the
DOI of the work that reported a value. Where nobody names that work, the one that quotes it bounds its year from above,
so it teaches if the quoting work is early enough. Papers of no known year neither teach nor judge, and are counted.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from benchmarks._contract import Aside, finish
from benchmarks._external import show_errors
from surrogate.candidate.measurement import Measurement, Source
from surrogate.datasets import load, load_companions
from surrogate.datasets.citation import Work, works_of
from surrogate.execution.process import one_thread_each
from surrogate.models.evaluation import judge
from surrogate.models.surrogate import STACK, fit
from surrogate.text import counted

#: The last year whose papers teach.
LAST_YEAR = 2024
PROPERTIES = ("ionic_conductivity", "first_discharge_capacity", "first_charge_capacity", "capacity_retention")
#: Fewest papers on either side: fewer teach no stack, and judge nothing.
LEAST_PAPERS = 3
_SHOWN = ("mae_by_row", "spearman", "n_rows", "n_papers", "coverage_90", "width_90")

# Years in DOIs, by publisher; ``y`` is the last digit of a year, ``d`` the letter of its decade, ``yy`` both digits.
_IN_DOI = (
    re.compile(r"10\.1016/j\.[a-z]+\.(?P<year>(?:19|20)\d\d)\.\d"),
    re.compile(r"10\.1002/[a-z]+\.(?P<year>20\d\d)\d{5}$"),
    re.compile(r"10\.1149/ma(?P<year>20\d\d)-"),
    re.compile(r"10\.\d+/[a-z]?\d{5}-0(?P<yy>\d\d)-"),
    re.compile(r"10\.1021/[a-z.]+\.?(?P<y>\d)(?P<d>[bc])\d{5}$"),
    re.compile(r"10\.1039/(?P<d>[cd])(?P<y>\d)[a-z]{2}"),
)
_DECADES = {"10.1021": {"b": 2010, "c": 2020}, "10.1039": {"c": 2010, "d": 2020}}
# "Jung 2020, Adv. Energy Mater.", "US20180069262A1 (patent)": years without brackets.
_IN_WORDS = re.compile(r"(?:\b|\b(?:US|WO|EP))((?:19|20)\d\d)(?:\b|(?=\d{6,7}A\d))")


def run(options: argparse.Namespace) -> int:
    """One line per property and model: papers up to a year teach, later ones judge."""
    one_thread_each()
    rows: list[dict[str, Any]] = []
    aside = Aside()
    for name in options.properties:
        rows += _judged(name, options.until, options.seed, aside)
    return finish("accuracy year", rows, [], options.as_json, aside)


def year_of(sources: Iterable[Source], until: int) -> int | None:
    """The year in which a paper appeared, by the ``sources`` of its rows.

    Args:
        sources: Where the values of one paper come from.
        until: What only bounds a year from above counts up to here.

    Returns:
        The latest year that is known of a reporting work; without one that of a quoting work, if it is not after
        ``until``; ``None`` where nothing tells.
    """
    works = [(source.paper, *works_of(source)) for source in sources]
    reported = [year for paper, work, _ in works if (year := _year(work) or year_of_doi(paper)) is not None]
    if reported:
        return max(reported)
    quoted = [year for _, _, work in works if (year := _year(work)) is not None]
    return max(quoted) if quoted and max(quoted) <= until else None


def year_of_doi(doi: str) -> int | None:
    """The year that a DOI states; ``None`` for the many that state none.

    >>> year_of_doi("10.1039/D0TA08472G"), year_of_doi("10.1021/acs.nanolett.4c05892"), year_of_doi("10.1038/nmat3066")
    (2020, 2024, None)
    """
    name = doi.lower()
    parts = next((match.groupdict() for pattern in _IN_DOI if (match := pattern.match(name))), None)
    if parts is None:
        return None
    if "year" in parts:
        return int(parts["year"])
    if "yy" in parts:
        return 2000 + int(parts["yy"])
    return _DECADES[name.partition("/")[0]][parts["d"]] + int(parts["y"])


def _year(work: Work | None) -> int | None:
    """The year of a work: as the bibliography or its citation has it, else as its DOI or its words tell."""
    if work is None:
        return None
    stated = work.year or year_of_doi(work.doi or work.words or "")
    in_words = _IN_WORDS.findall(work.words or "")
    return stated or (int(in_words[-1]) if in_words else None)


def _judged(name: str, until: int, seed: int, aside: Aside) -> list[dict[str, Any]]:
    """The lines of one property, none where a side has too few papers; that is set ``aside``."""
    measurements, companions = load(name), load_companions(name)
    years = years_of([*measurements, *companions], until)
    teaching, judging, unknown = (
        [m for m in measurements if side(years[m.source.paper])]
        for side in (lambda y: y is not None and y <= until, lambda y: y is not None and y > until, lambda y: y is None)
    )
    if unknown:
        papers = counted(_papers(unknown), "paper")
        why = f"nothing tells in which year the paper appeared ({papers})"
        aside.left_out.append({"property": name, "rows": len(unknown), "why": why})
    if min(_papers(teaching), _papers(judging)) < LEAST_PAPERS:
        why = f"{_papers(teaching)} papers up to {until} and {_papers(judging)} later ones are too few"
        aside.left_out.append({"property": name, "rows": len(teaching) + len(judging), "why": why})
        return []
    earlier = [m for m in companions if (years[m.source.paper] or until + 1) <= until]
    model = fit(teaching, property=name, seed=seed, companions=earlier)
    judged = judge(model, teaching, judging, np.random.default_rng(seed))
    unit = judged.metrics["unit"]
    taught = {"unit": unit, "until": until, "papers_learnt_from": _papers(teaching), "rows_learnt_from": len(teaching)}
    models = {STACK: judged.metrics, **{f"baseline: {b}": own for b, own in judged.baselines.items()}}
    gains = (judged.metrics[f"gain_over_best_{rival}"] for rival in ("median", "baseline"))
    by_rival = {gain["baseline"]: gain for gain in gains}
    return [
        *(
            {"property": name, "model": label, **taught, **show_errors(metrics, _SHOWN)}
            for label, metrics in models.items()
        ),
        *(
            {
                "property": name, "model": f"{STACK}: gain over the {rival.replace('_', ' ')}", **taught,
                "gain": gain["gain"], "gain_low": gain["interval"][0], "gain_high": gain["interval"][1],
            }
            for rival, gain in by_rival.items()
        ),
    ]  # fmt: skip


def years_of(measurements: Sequence[Measurement], until: int) -> dict[str, int | None]:
    """The year of each paper; see :func:`year_of`."""
    sources: dict[str, list[Source]] = defaultdict(list)
    for measurement in measurements:
        sources[measurement.source.paper].append(measurement.source)
    return {paper: year_of(of_paper, until) for paper, of_paper in sources.items()}


def _papers(measurements: Sequence[Measurement]) -> int:
    return len({m.source.paper for m in measurements})
