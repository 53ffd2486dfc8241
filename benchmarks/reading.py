"""How compositions are read: beside pymatgen, under typos, and in what time.

    python -m benchmarks.reading [--typos COUNT] [--texts FILE ...] [--json]

Every composition of the tables in data/, and of further files, is read here and by pymatgen, which reads plain
formulas with brackets; rows list where the two differ and what is refused here. Typos are made of right strings, kind
by kind, and none may be read as something else without a word. Times are of the plain formulas that both read, and of
the slowest string of 100 characters among many that are made to be slow.
"""

from __future__ import annotations

import argparse
import csv
import random
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks._contract import Bar, at_most, command_line, count_of, ended, finish, in_sentences
from benchmarks._typos import KINDS, Outcome, Typo, typos
from surrogate.composition import SYMBOLS, parse_composition
from surrogate.composition.notation import parse_plain
from surrogate.composition.parsing import read_once
from surrogate.datasets import DATA
from surrogate.errors import CompositionError

FURTHER = ("formula", "composition", "full_formula", "pretty_formula", "material")
COLUMNS = ("composition", "composition_normalized", "True Composition", "Reduced Composition", "solid_electrolyte")
#: Largest difference of atomic fractions that is rounding.
ROUNDING = 1e-4
LONGEST = 100
SLOW_STRINGS = 300
ROUNDS = 7
PLAIN = "Li5.5PS4.5Cl1.5"

Amounts = dict[str, float]


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Print agreement, refusals, typos and times; return 0 when every bar is reached, else 7."""
    options = _options(arguments)
    texts = _composition_texts() | {str(path): texts_of(path) for path in options.texts}
    pairs = {text: (read_here(text), read_by_pymatgen(text)) for column in texts.values() for text in column}
    rows: list[dict[str, Any]] = [agreement(column, pairs, listed) for column, listed in texts.items()]
    rows += differences(pairs)
    right = [text for text, (here, _) in pairs.items() if here and parse_composition(text).warnings == ()]
    judged = [(typo, typo.judged()) for typo in typos(options.typos, texts=right)]
    rows += outcomes(judged)
    times = _measured_times([text for text, (here, there) in pairs.items() if here and there and parse_plain(text)])
    rows.append(times)
    return finish("reading", rows, bars(judged, times), options.as_json)


def bars(judged: Sequence[tuple[Typo, Outcome]], times: dict[str, Any]) -> list[Bar]:
    """What is promised of readings."""
    silent = sum(outcome is Outcome.SILENT for _, outcome in judged)
    return [
        at_most(f"silent misreadings among {len(judged)} typos", float(silent), 0.0),
        at_most("time of a formula over pymatgen's", times["over_pymatgen"], 2.5),
        at_most(f"slowest of {LONGEST} characters over a plain formula", times["slowest_over_plain"], 200.0),
    ]


def _composition_texts() -> dict[str, list[str]]:
    """The different compositions of every table of data/ by table and column."""
    texts: dict[str, list[str]] = {}
    for path in sorted(DATA.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for column in COLUMNS:
            listed = sorted({row[column] for row in rows if row.get(column)})
            if listed:
                texts[f"{path.relative_to(DATA)}: {column}"] = listed
    return texts


def texts_of(path: Path) -> list[str]:
    """The different compositions of a further file: one a line, or the columns of a CSV that are called so."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    header = [name.strip().lower() for name in next(csv.reader(lines[:1]), [])]
    places = [place for place, name in enumerate(header) if name in FURTHER]
    if not places:
        return sorted({line.strip() for line in lines} - {""})
    rows = list(csv.reader(lines[1:]))
    return sorted({row[place].strip() for row in rows for place in places if place < len(row)} - {""})


def read_here(text: str) -> Amounts | None:
    """Atomic fractions as this product reads them, None where it refuses."""
    try:
        return _fractions(dict(parse_composition(text).amounts))
    except CompositionError:
        return None


def read_by_pymatgen(text: str) -> Amounts | None:
    """Atomic fractions as pymatgen reads them, None where it refuses or reads no element."""
    from pymatgen.core.composition import Composition

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of elements without an electronegativity
        try:
            amounts = {str(element): float(amount) for element, amount in Composition(text).items()}
        except ValueError:
            return None
    return _fractions(amounts) if amounts and SYMBOLS.issuperset(amounts) else None


def _fractions(amounts: Amounts) -> Amounts:
    total = sum(amounts.values())
    return {element: amount / total for element, amount in amounts.items()} if total else {}


def _agree(one: Amounts, other: Amounts) -> bool:
    return all(abs(one.get(el, 0.0) - other.get(el, 0.0)) <= ROUNDING for el in {*one, *other})


def agreement(
    column: str, pairs: dict[str, tuple[Amounts | None, Amounts | None]], texts: Sequence[str]
) -> dict[str, Any]:
    """How many strings of one column both read alike, differently, or one of them refuses."""
    counts = Counter(_compared(*pairs[text]) for text in texts)
    names = ("agree", "disagree", "only this refuses", "only pymatgen refuses", "both refuse")
    return {"column": column, "strings": len(texts), **{name.replace(" ", "_"): counts[name] for name in names}}


def _compared(here: Amounts | None, there: Amounts | None) -> str:
    if here is None:
        return "both refuse" if there is None else "only this refuses"
    if there is None:
        return "only pymatgen refuses"
    return "agree" if _agree(here, there) else "disagree"


def differences(pairs: dict[str, tuple[Amounts | None, Amounts | None]]) -> Iterator[dict[str, Any]]:
    """Every string that the two read differently or that is refused here, with the reason of the refusal."""
    for text, (here, there) in pairs.items():
        compared = _compared(here, there)
        if compared in ("disagree", "only this refuses", "both refuse"):
            yield {"text": text, "compared": compared, "reason": "" if here else _reason(text)}


def _reason(text: str) -> str:
    try:
        parse_composition(text)
    except CompositionError as error:
        return error.message
    return ""


def outcomes(judged: Sequence[tuple[Typo, Outcome]]) -> Iterator[dict[str, Any]]:
    """The outcomes of each kind of typo, and every typo that was misread without a word."""
    for kind in KINDS:
        counts = Counter(outcome for typo, outcome in judged if typo.kind == kind)
        names = {outcome.name.lower(): counts[outcome] for outcome in Outcome}
        yield {"typo": kind, "strings": counts.total(), **names}
    for typo, outcome in judged:
        if outcome is Outcome.SILENT:
            yield {"typo": typo.kind, "typed": typo.typed, "meant": typo.meant}


def _measured_times(texts: Sequence[str]) -> dict[str, Any]:
    """Microseconds a formula takes here and with pymatgen, best of alternating passes, and the slowest string."""
    from pymatgen.core.composition import Composition

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rounds = [(_seconds(parse_composition, texts), _seconds(Composition, texts)) for _ in range(ROUNDS)]
    seconds_here, seconds_pymatgen = (min(seconds) for seconds in zip(*rounds, strict=True))
    plain = min(_seconds(parse_composition, [PLAIN] * 100) for _ in range(5)) / 100
    strings = list(slow_strings(SLOW_STRINGS))
    quick_look = sorted(((_seconds(read_here, [text]), text) for text in strings), reverse=True)[:10]
    seconds, slowest = max((min(_seconds(read_here, [text]) for _ in range(5)), text) for _, text in quick_look)
    return {
        "formulas": len(texts),
        "microseconds": 1e6 * seconds_here / len(texts),
        "pymatgen_microseconds": 1e6 * seconds_pymatgen / len(texts),
        "over_pymatgen": seconds_here / seconds_pymatgen,
        "slowest_over_plain": seconds / plain,
        "slowest": slowest,
    }


def _seconds(read: Callable[[str], object], texts: Sequence[str]) -> float:
    """Processor time of reading them anew, which other programs of the machine do not lengthen."""
    read_once.cache_clear()
    begin = time.process_time()
    for text in texts:
        read(text)
    return time.process_time() - begin


def slow_strings(count: int, *, seed: int = 0) -> Iterator[str]:
    """Strings of 100 characters that make much work: many states, many places for a typo, brackets, separators."""
    rng = random.Random(seed)
    many_states = ("Mn", "Te", "V", "Fe", "Co", "Ni", "Ce", "Eu", "U", "Mo", "W", "Tl", "Pb", "Bi", "Cu", "P", "S", "O")
    pools = (
        (tuple(sorted(SYMBOLS)), True),
        (many_states, True),
        (("Li", "P", "S", "O", "Po", "Co", "No", "C", "I", "0", "10", "20"), False),
        (("Li", "P0", "S", "(", ")", "2", "3", "0", "·", "-", ".", "5"), False),
        (("75Li2S", "25P2S5", "Li20", "P205", "-", "·", " ", ","), False),
        (tuple("licosnphbrafe"), False),
    )
    for number in range(count):
        pieces, has_amounts = pools[number % len(pools)]
        text = ""
        while len(text) < LONGEST:
            text += rng.choice(pieces)
            if has_amounts:
                text += rng.choice(("", str(rng.randint(1, 9)), f"{rng.random():.2f}", f"0.{rng.randint(1, 9)}0"))
        yield text[:LONGEST]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(__doc__, "reading")
    parser.add_argument(
        "--typos", type=count_of, default=10_000, metavar="COUNT", help="typos that are made and read (default: 10000)"
    )
    parser.add_argument(
        "--texts", type=Path, nargs="*", default=[], metavar="FILE", help="further compositions: one a line, or CSV"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    ended(main)
