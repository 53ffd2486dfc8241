"""Records of cyclers: the Battery Data Format (CSV, Parquet), BioLogic (.mpt, .mpr) and Neware (.nda, .ndax).

Inside, current is in mA and positive while the cell is charged, time is in s. What a file calls its current is held
against its voltage: a cell that is charged rises.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from surrogate.errors import InvalidInput, Unavailable
from surrogate.instruments.biologic import read_columns
from surrogate.instruments.source import MAX_NAME, FloatArray, Header, InstrumentFile, Origin, read_number_rows
from surrogate.units import convert

#: Role → unit in here, and what the column is called, in small letters and without its unit.
_ROLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "time_s": ("s", ("test time", "test_time", "time", "total time")),
    "voltage_v": ("V", ("voltage", "ewe", "ecell", "potential", "<ewe>")),
    "current_ma": ("mA", ("current", "<i>", "i")),
    "cycle": ("", ("cycle count", "cycle_count", "cycle", "cycle number", "cycle index")),
    "charge_mah": ("mA*h", ("charging capacity", "charging_capacity", "charge capacity")),
    "discharge_mah": ("mA*h", ("discharging capacity", "discharging_capacity", "discharge capacity")),
    "net_mah": ("mA*h", ("(q-qo)",)),
    "temperature_c": ("°C", ("temperature", "ambient temperature", "ambient_temperature", "surface temperature t1")),
}
_WORDS = {
    "second": "s", "volt": "V", "ampere_hour": "A*h", "ah": "A*h", "mah": "mA*h", "ma.h": "mA*h", "ampere": "A",
    "degc": "°C", "celsius": "°C", "deg_c": "°C", "1": "", "h": "h", "hour": "h",
}  # fmt: skip
_LABEL = re.compile(r"(.+?)\s*[/\[(]\s*([^\])/]+?)\s*[\])]?")
_MACHINE = re.compile(r"([a-z_]+?)_(second|volt|ampere_hour|ampere|celsius|ah|hour)")
_PICKED = "time_s", "voltage_v", "current_ma"
_BROKEN = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    OSError,
    EOFError,
    AttributeError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, kw_only=True)
class Cycling:
    """What a cycler recorded, each of length ``n``; what was not recorded is ``None``.

    Charge and discharge are counted by the cycler, from the beginning of the test or of each step; ``net_mah`` is the
    charge in the cell, as the cycler counted it.
    """

    time_s: FloatArray
    voltage_v: FloatArray
    current_ma: FloatArray
    origin: Origin
    cycle: FloatArray | None = None
    charge_mah: FloatArray | None = None
    discharge_mah: FloatArray | None = None
    net_mah: FloatArray | None = None
    temperature_c: FloatArray | None = None


def read_cycling(file: InstrumentFile) -> Cycling:
    """The records in ``file``; :class:`InvalidInput` in one sentence for what holds none."""
    readers: Mapping[str, Callable[[InstrumentFile], Cycling]] = {
        ".parquet": _read_parquet,
        ".mpt": _read_biologic,
        ".mpr": _read_biologic,
        ".nda": _read_neware,
        ".ndax": _read_neware,
    }
    if file.ending not in (*readers, ".bdf", ".csv", ".txt", ".tsv"):
        raise InvalidInput(
            f"'{file.name}' is no file of an instrument that is read here.",
            hint="Read are .mpt, .mpr, .DTA, .z, .par, .nda, .ndax, .bdf, .parquet and CSV; export it as one of them.",
        )
    return _check_cycling(readers.get(file.ending, _read_plain)(file))


def _read_plain(file: InstrumentFile) -> Cycling:
    lines = file.text().splitlines()
    header = Header.of(lines)
    roles = _assign_roles(header.cells, file.name)
    places = [place for place, _ in roles.values()]
    data = read_number_rows(lines[header.place + 1 :], header.separator, places, file.name, header.place + 2)
    return _make_cycling(roles, data.T, file.origin())


def _make_cycling(roles: Mapping[str, tuple[int, float]], columns: Iterable[FloatArray], origin: Origin) -> Cycling:
    """What ``columns``, in the order of ``roles``, recorded; a current that is left out is that of the charge."""
    by_role = {role: column * factor for (role, (_, factor)), column in zip(roles.items(), columns, strict=True)}
    if "current_ma" not in by_role:
        by_role["current_ma"] = _derive_current(by_role["time_s"], by_role["net_mah"])
        origin = origin.assuming("the current is that of the charge (Q-Qo) over time")
    return Cycling(**by_role, origin=origin)


def _derive_current(time_s: FloatArray, net_mah: FloatArray) -> FloatArray:
    """Current in mA from the charge that has flowed until each record; steps below a millisecond say nothing."""
    span = np.diff(time_s)
    usable = span > 1e-3
    current = np.zeros(len(time_s))
    current[1:][usable] = 3600.0 * np.diff(net_mah)[usable] / span[usable]
    last = np.maximum.accumulate(np.where(np.concatenate([[True], usable]), np.arange(len(time_s)), 0))
    return current[last]


def _read_parquet(file: InstrumentFile) -> Cycling:
    if not file.content.startswith(b"PAR1"):
        raise InvalidInput(f"'{file.name}' is no Parquet file.", hint="Is the ending right?")
    import pandas as pd

    file.try_reader(_try_parquet)
    try:
        frame = pd.read_parquet(io.BytesIO(file.content))
    except ImportError:
        raise Unavailable(
            "Parquet needs pyarrow.", hint="Install it: pip install 'sulfide-surrogate[instruments]'."
        ) from None
    roles = _assign_roles([str(name) for name in frame.columns], file.name)
    columns = (np.asarray(frame.iloc[:, place], float) for place, _ in roles.values())
    return _make_cycling(roles, columns, file.origin())


def _try_parquet(content: bytes) -> None:
    """Open a Parquet file and forget it; for a process with bounds."""
    import pandas as pd

    try:
        pd.read_parquet(io.BytesIO(content))
    except ImportError:
        raise InvalidInput("Parquet needs pyarrow.", hint="Install the extra 'instruments'.") from None
    except _BROKEN:
        raise InvalidInput("The file is a damaged Parquet file.", hint="Export it again.") from None


def _read_biologic(file: InstrumentFile) -> Cycling:
    table = read_columns(file)
    roles = _assign_roles(table.names, file.name)
    columns = table.take([table.names[place] for place, _ in roles.values()])
    return _make_cycling(roles, columns, file.origin(table.instrument, table.software))


def _read_neware(file: InstrumentFile) -> Cycling:
    magic = b"NEWARE" if file.ending == ".nda" else b"PK"
    if not file.content.startswith(magic):
        raise InvalidInput(f"'{file.name}' is no Neware file.", hint="Is the ending right?")
    file.try_reader(_try_nda if file.ending == ".nda" else _try_ndax)
    columns, software = _read_neware_columns(file.content, file.ending)
    return Cycling(**columns, origin=file.origin("Neware", software))


def _try_nda(content: bytes) -> None:
    """Read a .nda file and forget it; for a process with bounds."""
    _read_neware_columns(content, ".nda")


def _try_ndax(content: bytes) -> None:
    """Read a .ndax file and forget it; for a process with bounds."""
    _read_neware_columns(content, ".ndax")


def _read_neware_columns(content: bytes, ending: str) -> tuple[dict[str, FloatArray], str]:
    """The columns of a Neware file by role, as the library NewareNDA (BSD-3-Clause) reads them."""
    try:
        import NewareNDA
    except ImportError:
        raise InvalidInput(
            "Files of Neware need the library NewareNDA.", hint="pip install 'sulfide-surrogate[instruments]'."
        ) from None
    with TemporaryDirectory(prefix="surrogate-nda-") as folder:
        path = Path(folder) / f"file{ending}"
        path.write_bytes(content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the library about its own use of pandas
                frame = NewareNDA.read(str(path), log_level="ERROR")
        except MemoryError:
            raise
        except Exception:  # whatever the library stumbles over in bytes from a stranger
            raise InvalidInput("The Neware file is damaged or cut short.", hint="Export it again.") from None
    seconds = np.asarray((frame["Timestamp"] - frame["Timestamp"].iloc[0]).dt.total_seconds(), float)
    columns = {
        "time_s": seconds,
        "voltage_v": np.asarray(frame["Voltage"], float),
        "current_ma": np.asarray(frame["Current(mA)"], float),
        "cycle": np.asarray(frame["Cycle"], float),
        "charge_mah": np.asarray(frame["Charge_Capacity(mAh)"], float),
        "discharge_mah": np.asarray(frame["Discharge_Capacity(mAh)"], float),
    }
    return columns, f"read by NewareNDA {NewareNDA.__version__}"


def _assign_roles(header: Sequence[str], file: str) -> dict[str, tuple[int, float]]:
    """Role → place of its column and factor into the unit in here; the first that fits is taken."""
    roles: dict[str, tuple[int, float]] = {}
    for place, name in enumerate(header):
        plain, unit = _split_heading(name)
        for role, (target, spellings) in _ROLES.items():
            if plain in spellings and role not in roles:
                if unit is None and target:
                    raise InvalidInput(
                        f"The column '{name}' of '{file}' has no unit.", hint=f"Name it '{name} / {target}'."
                    )
                roles[role] = (place, _find_factor(unit, target, name))
    missing = [role for role in _PICKED if role not in roles and not (role == "current_ma" and "net_mah" in roles)]
    if missing:
        raise InvalidInput(
            f"'{file}' has no column of {', '.join(role.rpartition('_')[0] for role in missing)}.",
            hint="A cycler's file has 'Test Time / s', 'Voltage / V' and 'Current / A', as in the Battery Data Format.",
        )
    return roles


def _split_heading(header: str) -> tuple[str, str | None]:
    if len(header) > MAX_NAME:
        return "", None
    label = _LABEL.fullmatch(header.strip())
    machine = _MACHINE.fullmatch(header.strip().lower())
    if label is not None:
        return label[1].strip().lower(), _WORDS.get(label[2].strip().lower(), label[2].strip())
    if machine is not None:
        return machine[1], _WORDS[machine[2]]
    return header.strip().lower(), None


def _find_factor(unit: str | None, target: str, name: str) -> float:
    if not target or unit is None or unit == target:
        return 1.0
    return convert(1.0, unit, target, name=f"the column '{name}'")


def _check_cycling(cycling: Cycling) -> Cycling:
    t, v, i = cycling.time_s, cycling.voltage_v, cycling.current_ma
    name = cycling.origin.file
    if len(t) < 10 or not all(np.isfinite(column).all() for column in (t, v, i)):
        raise InvalidInput(
            f"'{name}' has too few records, or some without time, voltage or current.", hint="Export all."
        )
    if (np.diff(t) < 0.0).any():
        raise InvalidInput(
            f"The time in '{name}' runs backwards.", hint="Export the time of the test, not of each step."
        )
    if not np.abs(i).max() > 0.0:
        raise InvalidInput(f"No current flows in '{name}'.", hint="Give the file of the cycling.")
    together = np.abs(i[1:]) > 0.01 * np.abs(i).max()
    same = together & (np.sign(i[1:]) == np.sign(i[:-1]))
    if float(np.sum(np.diff(v)[same] * np.sign(i[1:][same]))) >= 0.0:
        return cycling
    turned = "the current is positive on discharge in the file and was turned round"
    net = None if cycling.net_mah is None else -cycling.net_mah
    return replace(cycling, current_ma=-i, net_mah=net, origin=cycling.origin.assuming(turned))
