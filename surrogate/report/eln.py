"""A campaign as an ``.eln`` file, which electronic laboratory notebooks import: a zipped RO-Crate 1.1.

One folder holds everything; in it an experiment for each suggestion with its text, values and kept files, one for what
the laboratory added, and the campaign itself as JSON, from which it can be imported again, and as a lab sheet. Names
inside are plain, since readers take them for paths as they stand; the names that files had are their ``name``. The same
campaign gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from surrogate.campaign.answers import write_measurement
from surrogate.errors import InvalidInput, Unavailable
from surrogate.instruments.source import InstrumentFile
from surrogate.models.encoding import describe
from surrogate.properties import get_property
from surrogate.report.markup import Html, items, joined, table, tag
from surrogate.sheets.exchange import export_sheet
from surrogate.sheets.workbook import place
from surrogate.text import counted, describe_setting, relative_spread
from surrogate.version import __version__
from surrogate.wire.campaigns import SuggestionRecordOutput

if TYPE_CHECKING:
    from surrogate.campaign.campaign import Campaign
    from surrogate.campaign.records import MeasurementRecord, SuggestionRecord, Summary
    from surrogate.campaign.store import CampaignStore

METADATA, WHOLE = "ro-crate-metadata.json", "./campaign/campaign.json"
#: A suggestion with its results, the first file of its folder: one that is kept under this name gets another there.
EXPERIMENT = "experiment.json"
MEDIA_TYPE = "application/vnd.eln+zip"
#: Most that an archive may hold when it is unpacked: all kept files of a campaign, and the campaign.
MAX_UNPACKED = 512 * 2**20
_CRATE = "https://w3id.org/ro/crate/1.1"
_PUBLISHER, _LICENCE = "#sulfide-surrogate", "#licence"
_MEDIA_TYPES = {".json": "application/json", ".csv": "text/csv", ".txt": "text/plain"}
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass
class _Crate:
    """The files of a crate by their paths in it, and its graph."""

    contents: dict[str, bytes] = field(default_factory=dict)
    graph: list[dict[str, Any]] = field(default_factory=list)
    datasets: list[str] = field(default_factory=list)

    def add_file(self, folder: str, name: str, content: bytes, description: str) -> str:
        """Put a file into a folder under a plain name of its own.

        Args:
            folder: Below the root of the crate.
            name: As it was called.
            content: Its bytes.
            description: What it is.

        Returns:
            Its id in the crate.
        """
        plain = _NOT_PLAIN.sub("_", name)[-80:].lstrip(".") or "file"
        sha256 = hashlib.sha256(content).hexdigest()
        path = f"{folder}/{plain}"
        if path in self.contents:
            path = f"{folder}/{sha256[:8]}-{plain}"
        self.contents[path] = content
        self.graph.append(
            {
                "@id": f"./{path}",
                "@type": "File",
                "name": name,
                "description": description,
                "encodingFormat": _MEDIA_TYPES.get(Path(plain).suffix.lower(), "application/octet-stream"),
                "contentSize": str(len(content)),
                "sha256": sha256,
            }
        )
        return f"./{path}"

    def add_dataset(self, folder: str, name: str, text: str, parts: Sequence[str], **more: Any) -> None:
        """Describe a folder, which importers make an experiment of."""
        self.datasets.append(f"./{folder}/")
        self.graph.append(
            {
                "@id": f"./{folder}/",
                "@type": "Dataset",
                "name": name,
                "text": text,
                "genre": "experiment",
                "hasPart": [{"@id": part} for part in parts],
                **more,
            }
        )

    def add_values(self, records: Iterable[MeasurementRecord]) -> list[dict[str, str]]:
        """Describe measured values; references to them."""
        nodes = [_write_value(record) for record in records if record.result.property is not None]
        self.graph += nodes
        return [{"@id": node["@id"]} for node in nodes]


def write_eln(store: CampaignStore, campaign_id: str, path: Path) -> Path:
    """Write a campaign with its kept files to ``path``; the path.

    Raises:
        InvalidInput: ``path`` does not end in ``.eln``, or cannot be written.
        NotFound: There is no such campaign.
    """
    if path.suffix.lower() != ".eln":
        raise InvalidInput(f"'{path}' is no name for an archive of a notebook.", hint="End it in .eln.")
    campaign, crate = store.get(campaign_id), _Crate()
    summary = campaign.summary()
    _add_whole(crate, campaign, summary, store.export(campaign_id))
    _add_experiments(crate, campaign)
    root = _NOT_PLAIN.sub("_", path.stem).strip("._") or "campaign"
    metadata = json.dumps(
        _write_metadata(crate, campaign, _write_time(summary.updated)), ensure_ascii=False, indent=1
    ).encode()
    return place(path, lambda target: _write_zip(target, root, {METADATA: metadata, **crate.contents}))


def _write_zip(target: Path, root: str, contents: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(f"{root}/{name}", _EPOCH), content, zipfile.ZIP_DEFLATED)


def _write_metadata(crate: _Crate, campaign: Campaign, at: str) -> dict[str, Any]:
    head: list[dict[str, Any]] = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": _CRATE},
            "dateCreated": at,
            "sdPublisher": {"@id": _PUBLISHER},
            "version": "1.1",
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": campaign.name,
            "description": f"Campaign {campaign.id}: {campaign.objective} in the space '{campaign.space.name}'.",
            "datePublished": at,
            "license": {"@id": _LICENCE},
            "hasPart": [{"@id": ident} for ident in crate.datasets],
        },
        {"@id": _PUBLISHER, "@type": "Organization", "name": f"Sulfide surrogate {__version__}"},
        {"@id": _LICENCE, "@type": "CreativeWork", "name": "No licence", "description": "Ask the laboratory."},
    ]
    return {"@context": f"{_CRATE}/context", "@graph": [*head, *crate.graph]}


def _add_whole(crate: _Crate, campaign: Campaign, summary: Summary, exported: Mapping[str, Any]) -> None:
    whole = json.dumps(exported, ensure_ascii=False, indent=1).encode()
    with TemporaryDirectory(prefix="surrogate-eln-") as folder:
        sheet = export_sheet(campaign, Path(folder) / "sheet.csv").read_bytes()
    parts = [
        crate.add_file("campaign", "campaign.json", whole, "All of it, for 'surrogate campaign import'."),
        crate.add_file("campaign", "sheet.csv", sheet, "The lab sheet: what was made, what came out, what is open."),
    ]
    text = joined(
        [
            tag("p", f"{campaign.objective} in the space '{campaign.space.name}'."),
            tag("p", f"{counted(sum(summary.suggestions.values()), 'suggestion')}, "
                     f"{counted(summary.measurements, 'measurement')}."),
        ]
    )  # fmt: skip
    dates = {"dateCreated": _write_time(summary.created), "dateModified": _write_time(summary.updated)}
    crate.add_dataset("campaign", campaign.name, text, parts, identifier=campaign.id, **dates)


def _add_experiments(crate: _Crate, campaign: Campaign) -> None:
    from surrogate.campaign.records import every

    by_suggestion: dict[str | None, list[MeasurementRecord]] = {}
    for record in every(campaign.measurements):
        by_suggestion.setdefault(record.result.suggestion, []).append(record)
    files = {kept.sha256: campaign.kept_file(kept.sha256) for kept in campaign.kept_files()}
    for suggestion in every(campaign.suggestions):
        records = by_suggestion.pop(suggestion.id, [])
        title, plain = f"{campaign.name}: {suggestion.id}", SuggestionRecordOutput.model_validate(suggestion)
        parts = [crate.add_file(suggestion.id, EXPERIMENT, _write_json(plain, records), "The same as data.")]
        crate.add_dataset(
            suggestion.id, title, _write_text(suggestion, records),
            [*parts, *_add_kept(crate, suggestion.id, records, files)],
            dateCreated=_write_time(suggestion.created), dateModified=_write_time(suggestion.updated),
            identifier=f"{campaign.id}/{suggestion.id}", creativeWorkStatus=str(suggestion.state),
            variableMeasured=crate.add_values(records),
        )  # fmt: skip
    added = by_suggestion.get(None, [])
    if added or files:
        rest = "Kept beside the campaign."
        parts = [crate.add_file("added", EXPERIMENT, _write_json(None, added), "The same as data.")]
        parts += _add_kept(crate, "added", added, files)
        parts += [crate.add_file("added", file.name, file.content, rest) for file in files.values()]
        crate.add_dataset(
            "added", f"{campaign.name}: added by the laboratory", _write_results(added), parts,
            identifier=f"{campaign.id}/added", variableMeasured=crate.add_values(added),
        )  # fmt: skip


def _write_json(suggestion: SuggestionRecordOutput | None, records: Sequence[MeasurementRecord]) -> bytes:
    """A suggestion and its results as they are sent over HTTP."""
    plain = {
        "suggestion": None if suggestion is None else suggestion.model_dump(mode="json", exclude_unset=True),
        "measurements": [write_measurement(record).model_dump(mode="json") for record in records],
    }
    return json.dumps(plain, ensure_ascii=False, indent=1).encode()


def _add_kept(
    crate: _Crate, folder: str, records: Sequence[MeasurementRecord], files: dict[str, InstrumentFile]
) -> list[str]:
    """Put the kept files of values into a folder, each once in the crate; their ids."""
    hashes = [file.sha256 for r in records if r.result.provenance is not None for file in r.result.provenance.files]
    kept = [files.pop(sha256) for sha256 in dict.fromkeys(hashes) if sha256 in files]
    return [crate.add_file(folder, file.name, file.content, "As the instrument wrote it.") for file in kept]


def _write_text(suggestion: SuggestionRecord, records: Sequence[MeasurementRecord]) -> Html:
    """What a notebook shows: what to make and why, what to weigh in, and what came out."""
    weighed = [(formula, f"{mass:.4f}") for formula, mass in suggestion.weigh_in_g.items()]
    state = f"{suggestion.state}{f': {suggestion.reason}' if suggestion.reason else ''}"
    return joined(
        [
            tag("h1", describe(suggestion.candidate)),
            tag("p", f"State: {state}.{f' For {suggestion.assignee}.' if suggestion.assignee else ''}"),
            tag("p", f"Why: {suggestion.answer.reason}") if suggestion.answer.reason else None,
            items(describe_setting(name, value) for name, value in suggestion.settings.items()),
            table(("weigh in", "mass / g"), weighed) if weighed else None,
            _write_results(records) if records else None,
        ]
    )


def _write_results(records: Sequence[MeasurementRecord]) -> Html:
    rows, sources = [], []
    for record in records:
        result = record.result
        label = str(result.status) if result.property is None else get_property(result.property).label
        spread = "" if result.property is None or result.value is None else relative_spread(
            result.value, result.uncertainty, result.property
        )  # fmt: skip
        remark = "; ".join(text for text in (result.reason, result.note) if text)
        old = "" if record.is_used else f"corrected by {record.superseded_by}"
        rows.append((record.id, describe(record.candidate), label, result.shown(), spread, remark, old))
        if result.provenance is not None:
            sources.append(f"{record.id}: {result.provenance.describe()}")
    head = ("measurement", "made", "property", "value", "±", "note", "")
    return joined([tag("h2", "Results"), table(head, rows), items(sources)])


def _write_value(record: MeasurementRecord) -> dict[str, Any]:
    result, prop = record.result, get_property(str(record.result.property))
    node: dict[str, Any] = {
        "@id": f"#measurement-{record.number}",
        "@type": "PropertyValue",
        "propertyID": prop.name,
        "name": prop.label,
        "value": result.value,
        "unitText": prop.unit,
        "identifier": record.id,
    }
    if result.provenance is not None:
        node["measurementTechnique"] = result.provenance.describe()
    return node


def _write_time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def read_eln(path: Path) -> tuple[dict[str, Any], list[InstrumentFile]]:
    """The exported campaign and the kept files in an archive that :func:`write_eln` wrote, checked against its hashes.

    Raises:
        InvalidInput: It is none, it is damaged, or it would unpack to more than :data:`MAX_UNPACKED`.
        Unavailable: It cannot be read.
    """
    try:
        nodes, contents = _unzip(path)
        for node in nodes:
            if hashlib.sha256(contents[node["@id"]]).hexdigest() != node["sha256"]:
                raise InvalidInput(f"'{node['@id']}' in '{path.name}' is not what it was.", hint="Export it again.")
        if WHOLE not in contents:
            raise InvalidInput(f"'{path.name}' holds no campaign of this program.", hint="Give what it exported.")
        kept = [
            InstrumentFile(name=str(node["name"]), content=contents[node["@id"]])
            for node in nodes
            if not node["@id"].startswith("./campaign/") and not node["@id"].endswith(f"/{EXPERIMENT}")
        ]
        return dict(json.loads(contents[WHOLE])), kept
    except OSError as error:
        raise Unavailable(f"'{path}' cannot be read: {error.strerror}.", hint="Check the path.") from None
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, RuntimeError, EOFError):
        raise InvalidInput(f"'{path.name}' is no archive of a notebook, or damaged.", hint="Export it again.") from None


def _unzip(path: Path) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """What the graph says of each file, and the files by their ids."""
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
            raise InvalidInput(
                f"'{path.name}' unpacks to more than {MAX_UNPACKED // 2**20} MB.", hint="Is it a campaign?"
            )
        metadata = min((n for n in archive.namelist() if n.endswith(METADATA)), key=len, default=METADATA)
        root = metadata.removesuffix(METADATA)
        nodes = [node for node in json.loads(archive.read(metadata))["@graph"] if node["@type"] == "File"]
        return nodes, {node["@id"]: archive.read(root + node["@id"].removeprefix("./")) for node in nodes}
