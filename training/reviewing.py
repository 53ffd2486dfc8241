"""How predictions are kept in use, as series of metrics in the tracker: `python -m training review`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from surrogate.campaign.store import CampaignStore
from surrogate.report.review import Standing, latest, review_store, standings
from training.tracking import Tracker


def log_review(store: str, tracker: Tracker) -> Mapping[str, Standing]:
    """Write a run for each property with results: coverage, bias and error after every one of them.

    Args:
        store: Campaign store: a file or a database URL.
        tracker: Gets a run in the experiment of each property.

    Returns:
        The latest standing of each property.
    """
    with CampaignStore.open(store, must_exist=True) as opened:
        rows = review_store(opened).rows
    by_property = sorted(standings(rows), key=lambda standing: standing.property_name)
    for name, series in groupby(by_property, key=lambda standing: standing.property_name):
        description = f"Results told to campaigns beside what was predicted of {name} for them."
        with tracker.run(name, f"{name} in use", {"property": name, "kind": "review"}, description) as run:
            for step, standing in enumerate(series):
                run.log_metrics(
                    {
                        "in_use.coverage": standing.coverage,
                        "in_use.bias": standing.bias,
                        "in_use.mae": standing.mean_absolute_error,
                        "in_use.n_results": standing.n,
                    },
                    step=step,
                    at=standing.recorded,
                )
    return latest(rows)
