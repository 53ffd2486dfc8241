"""Files of instruments from strangers: whatever they hold, the process that reads them ends, and this one goes on."""

from __future__ import annotations

import io
import resource
import zipfile

import numpy as np
import pytest

from surrogate.campaign.files import RowFiles
from surrogate.errors import InvalidInput
from surrogate.instruments.measuring import Details
from surrogate.instruments.source import check_file
from surrogate.report.apart import check_name, measure_apart
from tests.instruments import PELLET, spectrum_csv

DETAILS = Details(**PELLET, mass="2.00 mg")


def _bomb() -> bytes:
    """A .ndax that unpacks to gigabytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("VersionInfo.xml", "Step.xml", "TestInfo.xml", "data.ndc"):
            with archive.open(name, "w", force_zip64=True) as part:
                for _ in range(512):
                    part.write(bytes(2**20))
    return stream.getvalue()


HOSTILE = {
    "bomb.ndax": _bomb,
    "wide.csv": lambda: ("f / Hz" + ",x" * 500_000 + "\n").encode(),
    "long.csv": lambda: b"f / Hz,Z' / ohm,Z'' / ohm\n" + b"1,1,-1\n" * 250_000,
    "numbers.csv": lambda: b"f / Hz,Z' / ohm,Z'' / ohm\n" + b"9" * 1_500_000 + b",1,1\n" * 20,
    "nested.parquet": lambda: b"PAR1" + bytes(range(256)) * 4000 + b"PAR1",
    "nan.csv": lambda: b"f / Hz,Z' / ohm,Z'' / ohm\n" + b"nan,inf,-inf\n" * 100,
    "nul.mpt": lambda: b"EC-Lab ASCII FILE\nNb header lines : 3\n\0\0\0\n" + bytes(1000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_one_sentence(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InvalidInput) as refusal:
        measure_apart([RowFiles(suggestion="s1", files=(check_file(name, HOSTILE[name]()),), details=DETAILS)])
    assert refusal.value.message
    assert "\n" not in refusal.value.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KiB


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_gives_a_value_or_one_sentence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    content = bytearray(spectrum_csv().encode())
    for place in rng.integers(0, len(content), 8):
        content[place] = rng.integers(0, 256)
    row = RowFiles(suggestion="s1", files=(check_file("a.csv", bytes(content)),), details=DETAILS)
    values, words = [1.0], ""
    try:
        values = [value.value for value in measure_apart([row], figure=True)[0].values]
    except InvalidInput as refusal:
        words = refusal.message
    assert min(values) > 0.0
    assert "\n" not in words


def test_no_option_of_the_command_line_is_named_where_there_is_none() -> None:
    row = RowFiles(suggestion="s1", files=(check_file("a.csv", spectrum_csv().encode()),), details=DETAILS)
    (warning,) = measure_apart([row])[0].warnings
    assert "temperature" in warning
    assert "--" not in warning
    with pytest.raises(InvalidInput) as refusal:
        measure_apart([RowFiles(suggestion="s1", files=row.files)])
    assert 'thickness "0.95 mm"' in refusal.value.hint
    assert "--" not in refusal.value.hint


@pytest.mark.parametrize("name", ["", "/", "a/", "a\nb.csv", "x" * 201, "a\0.csv", "\u202e.csv"])
def test_a_name_that_cannot_be_kept_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_name(name)


def test_a_name_is_its_last_part() -> None:
    assert check_name("C:\\lab\\s1 pellet.csv") == check_name("/data/lab/s1 pellet.csv") == "s1 pellet.csv"
