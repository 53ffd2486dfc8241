"""``make screenshots``: pictures of every web page for the documentation, taken from the running product.

Starts the service on this machine with the models of ``models/`` or of the package and a campaign of its own, looks at
the pages with Chromium on a desk (1280 pixels) and on a telephone (390), writes ``docs/figures/page-*.png``, and stops
everything again. Needs the Debian packages chromium and chromium-driver.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import httpx

from scripts._service import PATIENCE_S, service
from surrogate.models.artifact import models_folder

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "docs" / "figures"
CAMPAIGN = "argyrodites"
MATERIAL = {
    "electrolyte.composition": "Li5.5PS4.5Cl1.5",
    "electrolyte.route": "mechanical_milling",
    "electrolyte.milling_time_h": "15",
    "electrolyte.milling_speed_rpm": "500",
    "electrolyte.heat_treatment_temperature_c": "510",
    "electrolyte.heat_treatment_time_h": "7",
    "electrolyte.form": "crystalline",
    "protocol.temperature_c": "25",
}
#: The halide content of an argyrodite, everything else as above.
SERIES = {**MATERIAL, "electrolyte.composition": "Li6-xPS5-xCl1+x", "electrolyte.x": "0.5", "setting": "x"}
PAIR = {f"{side}.{name}": text for side in "ab" for name, text in MATERIAL.items()}
TABLE = (
    "row_id,electrolyte,route,milling_time_h,heat_treatment_temperature_c,active_material\n"
    "glass,75Li2S-25P2S5,mechanical_milling,40,,\nplain,Li6PS5Cl,mechanical_milling,15,550,\n"
    "rich,Li5.5PS4.5Cl1.5,mechanical_milling,15,500,\ncell,Li6PS5Cl,,,,S\n"
)
CHANGES = {"without": "Ge, Si", "changes": "Cl <= 1.4", "mass": "2.5"}
DESK, TELEPHONE, HEIGHT_OF_TELEPHONE = 1280, 390, 1000


@dataclass(frozen=True, kw_only=True)
class _Shot:
    """A picture: the address, its greatest height on the desk, and what is pressed and typed before it is taken."""

    address: str
    height: int = 1100
    before: Callable[[Any], None] | None = None


def _send_table(driver: Any) -> None:
    """Give the page Many a table of recipes."""
    with NamedTemporaryFile("w", suffix=".csv") as file:
        file.write(TABLE)
        file.flush()
        driver.find_element("id", "file").send_keys(file.name)
        _press(driver, "Predict them")


def _press(driver: Any, words: str) -> None:
    """Press a button and wait for what comes of it."""
    from selenium.webdriver.support.ui import WebDriverWait

    driver.find_element("xpath", f"//button[normalize-space()='{words}']").click()
    WebDriverWait(driver, PATIENCE_S).until(lambda d: d.find_elements("id", "answer"))


#: Name of the picture → what it shows; each is taken on the desk and on a telephone.
PICTURES: Mapping[str, _Shot] = {
    "predict": _Shot(address=f"/predict?{urlencode(MATERIAL)}"),
    "what-if": _Shot(address=f"/what-if?{urlencode(SERIES)}"),
    "compare": _Shot(address=f"/compare?{urlencode({**PAIR, 'a.electrolyte.composition': 'Li6PS5Cl'})}"),
    "many": _Shot(address="/many", before=_send_table),
    "suggest": _Shot(address="/suggest?batch=2", before=lambda driver: _press(driver, "Suggest recipes")),
    "design": _Shot(
        address=f"/design?{urlencode({'objective': 'ionic_conductivity >= 5 mS/cm', 'recipes': 2})}",
        before=lambda driver: _press(driver, "Design recipes"),
    ),
    "campaigns": _Shot(address="/campaigns"),
    "new-campaign": _Shot(address="/campaigns/new"),
    "campaign": _Shot(address=f"/campaigns/{CAMPAIGN}"),
    "results": _Shot(address=f"/campaigns/{CAMPAIGN}#told", height=800),
    "suggestion": _Shot(address=f"/campaigns/{CAMPAIGN}/suggestions/s4"),
    "edit-campaign": _Shot(address=f"/campaigns/{CAMPAIGN}/edit"),
    "sheet": _Shot(address=f"/campaigns/{CAMPAIGN}/sheet"),
    "files": _Shot(address=f"/campaigns/{CAMPAIGN}/files"),
    "history": _Shot(address=f"/campaigns/{CAMPAIGN}/history"),
    "spaces": _Shot(address="/spaces"),
    "space": _Shot(address=f"/spaces/argyrodite?{urlencode(CHANGES)}"),
    "review": _Shot(address="/review"),
    "models": _Shot(address="/models"),
    "model": _Shot(address="/models/ionic_conductivity", height=1200),
    "data": _Shot(address="/data?text=argyrodite&tier=A"),
    "row": _Shot(address="/data/SE0259"),
}
_WHEN_DRAWN = """
const done = arguments[arguments.length - 1];
document.querySelectorAll("img").forEach((image) => { image.loading = "eager"; });
Promise.all([...document.images].map((image) => image.decode().catch(() => null))).then(() => {
  if (location.hash) document.querySelector(location.hash).scrollIntoView();
  done();
});
"""
#: What the laboratory of the picture measured, in mS/cm, suggestion by suggestion.
MEASURED = (3.1, 5.4, 4.6)


def main() -> int:
    """Take every picture."""
    parser = argparse.ArgumentParser(description="Pictures of the web pages.")
    parser.add_argument("names", nargs="*", help="which pages (default: all)")
    parser.add_argument("--out", type=Path, default=FIGURES, help="where to write them (default: docs/figures)")
    parser.add_argument("--models", type=Path, help="folder of models (default: models/, or else those of the package)")
    options = parser.parse_args()
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if missing:
        print(f"not found: {', '.join(missing)}; install the packages chromium and chromium-driver", file=sys.stderr)
        return 5
    with TemporaryDirectory(prefix="surrogate-pictures-") as place, _serve(Path(place), options.models) as url:
        fill(url)
        with browser() as driver:
            for name in options.names or PICTURES:
                shot = PICTURES[name]
                for width, ending in ((DESK, ""), (TELEPHONE, f"-{TELEPHONE}")):
                    path = options.out / f"page-{name}{ending}.png"
                    path.write_bytes(picture(driver, url, shot, width))
                    print(path)
    return 0


def _serve(folder: Path, models: Path | None) -> AbstractContextManager[str]:
    """The service with a store of campaigns of its own."""
    return service(
        models or models_folder(), folder, SURROGATE_CAMPAIGNS=str(folder / "campaigns.db"), SURROGATE_WORKERS="1",
        BENTOML_HOME=str(folder / "bentoml"), BENTOML_DO_NOT_TRACK="True",
    )  # fmt: skip


def fill(url: str) -> None:
    """A campaign in the middle of its life: some recipes measured, some open."""
    identity = {"id": CAMPAIGN, "name": "Argyrodites for the pilot line", "space": "argyrodite", "seed": 1}
    with httpx.Client(timeout=PATIENCE_S) as http:

        def post(path: str, body: dict[str, Any]) -> None:
            http.post(f"{url}/v1/campaigns{path}", json=body).raise_for_status()

        post("", {**identity, "objective": ["maximise ionic_conductivity", "minimise process_time_h"]})
        post(f"/{CAMPAIGN}/suggestions", {"batch": len(MEASURED), "planner": "analytic", "pool": 1024})
        results = [
            {"suggestion": f"s{number}", "property": "ionic_conductivity", "value": value, "unit": "mS/cm"}
            for number, value in enumerate(MEASURED, 1)
        ]
        post(f"/{CAMPAIGN}/measurements", {"results": results, "complete": True})
        post(f"/{CAMPAIGN}/suggestions", {"batch": 2, "planner": "analytic", "pool": 1024, "assignee": "Ada"})


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium without a screen."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def picture(driver: Any, url: str, shot: _Shot, width: int) -> bytes:
    """The page of ``shot`` as a PNG of ``width`` pixels and at most its height."""
    height = shot.height if width == DESK else HEIGHT_OF_TELEPHONE

    def size(pixels: int) -> None:
        shape = {"width": width, "height": pixels, "deviceScaleFactor": 1, "mobile": width == TELEPHONE}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", shape)

    size(height)
    driver.get("about:blank")  # an address that differs in its last part alone would not be loaded
    driver.get(url + shot.address)
    if shot.before is not None:
        shot.before(driver)
    driver.execute_script("document.activeElement.blur()")
    driver.execute_async_script(_WHEN_DRAWN)
    if "#" not in shot.address:
        size(min(height, int(driver.execute_script("return document.documentElement.scrollHeight"))))
    return smaller(bytes(driver.get_screenshot_as_png()))


def smaller(png: bytes) -> bytes:
    """The same picture in 64 colours, which pages of text do not exceed by much, at a fifth of the size."""
    from PIL import Image

    stream = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(64).save(stream, format="PNG", optimize=True)
    return stream.getvalue()


if __name__ == "__main__":
    raise SystemExit(main())
