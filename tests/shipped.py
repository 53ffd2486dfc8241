"""Rows of the tables that are shipped, as texts to change."""

from __future__ import annotations

import csv

from surrogate.datasets import DATA


def shipped(table: str) -> list[dict[str, str]]:
    with (DATA / table).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
