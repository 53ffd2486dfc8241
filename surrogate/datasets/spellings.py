"""One canonical form for what several spellings stand for: the table ``spellings.csv`` beside this file.

``NMC811``, ``NCM811`` and ``LiNi0.8Mn0.1Co0.1O2`` are one active material; ``In/InLi`` and ``Li0.5In`` are one counter
electrode. A remark in brackets stays: it says what the name does not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

SPELLINGS = Path(__file__).with_name("spellings.csv")
_REMARK = re.compile(r"\s+\(.*", re.DOTALL)


def canonical(column: str, text: str | None) -> str | None:
    """A text with the canonical name of what it stands for; as it is where the table has no such spelling.

    >>> canonical("active_material", "NMC811 (single crystal)"), canonical("counter_electrode", "In/InLi")
    ('LiNi0.8Co0.1Mn0.1O2 (single crystal)', 'Li-In')

    Args:
        column: What it is a name of.
        text: What was written; ``None`` stays.
    """
    if text is None:
        return None
    remark = _REMARK.search(text)
    name, rest = (text[: remark.start()], remark[0]) if remark else (text, "")
    return _spellings().get((column, name.casefold()), name) + rest


@cache
def _spellings() -> Mapping[tuple[str, str], str]:
    with SPELLINGS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return MappingProxyType({(row["column"], row["written"].casefold()): row["canonical"] for row in rows})
