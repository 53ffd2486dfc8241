"""Campaigns as archives that electronic laboratory notebooks import."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from fastapi import Response
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from serving.http.state import Store
from surrogate.report.eln import MEDIA_TYPE, write_eln

__all__ = ["MEDIA_TYPE", "export"]


def export(store: Store, campaign_id: str) -> Response:
    """The whole campaign as an archive, sent from a file: it may be larger than a worker should hold."""
    folder = Path(mkdtemp(prefix="surrogate-eln-"))
    try:
        path = write_eln(store.open(), campaign_id, folder / f"{campaign_id}.eln")
    except BaseException:
        rmtree(folder, ignore_errors=True)
        raise
    remove = BackgroundTask(rmtree, folder, ignore_errors=True)
    return FileResponse(path, media_type=MEDIA_TYPE, filename=f"{campaign_id}.eln", background=remove)
