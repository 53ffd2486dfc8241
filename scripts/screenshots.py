"""``make screenshots``: pictures of the web pages for the documentation, taken from the running product.

Starts the service on this machine with the models of ``models/`` and a campaign of its own, looks at the pages with
Chromium, writes ``docs/figures/page-*.png``, and stops everything again. Needs the Debian packages chromium and
chromium-driver.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import httpx

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "docs" / "figures"
PATIENCE_S = 120.0
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
#: Name of the picture → address, width and greatest height in pixels.
PICTURES: Mapping[str, tuple[str, int, int]] = {
    "page-predict": (f"/predict?{urlencode(MATERIAL)}", 1120, 960),
    "page-campaign": (f"/campaigns/{CAMPAIGN}", 1120, 930),
    "page-results": (f"/campaigns/{CAMPAIGN}#told", 1120, 800),
    "page-model": ("/models/ionic_conductivity", 1120, 1200),
    "page-telephone": (f"/predict?{urlencode(MATERIAL)}", 390, 844),
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
    parser.add_argument("--out", type=Path, default=FIGURES, help="where to write them (default: docs/figures)")
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="folder of models (default: models)")
    options = parser.parse_args()
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if missing:
        print(f"not found: {', '.join(missing)}; install the packages chromium and chromium-driver", file=sys.stderr)
        return 5
    with TemporaryDirectory(prefix="surrogate-pictures-") as folder, service(Path(folder), options.models) as url:
        fill(url)
        with browser() as driver:
            for name, (address, width, height) in PICTURES.items():
                path = options.out / f"{name}.png"
                path.write_bytes(picture(driver, url + address, width, height))
                print(path)
    return 0


@contextmanager
def service(folder: Path, models: Path) -> Iterator[str]:
    """The service as 'make serve' starts it, on a free port, with a store of campaigns of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "SURROGATE_MODELS": str(models.resolve()),
        "SURROGATE_CAMPAIGNS": str(folder / "campaigns.db"),
        "SURROGATE_WORKERS": "1",
        "SURROGATE_AUTH": "off",
        "BENTOML_HOME": str(folder / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
    }
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:SurrogateService", "--port", str(port)]
    log = folder / "service.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    try:
        if not ready(url, process):
            raise SystemExit(f"the service did not start:\n{log.read_text()}")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30.0)


def ready(url: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether models are in service before patience ends."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=5.0).status_code == 200:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    return False


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


def picture(driver: Any, address: str, width: int, height: int) -> bytes:
    """The page at ``address`` as a PNG of ``width`` by at most ``height`` pixels, sharp on fine screens."""
    telephone = width < 600

    def size(pixels: int) -> None:
        shape = {"width": width, "height": pixels, "deviceScaleFactor": 1.5, "mobile": telephone}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", shape)

    size(height)
    driver.get("about:blank")  # an address that differs in its last part alone would not be loaded
    driver.get(address)
    driver.execute_script("document.activeElement.blur()")
    driver.execute_async_script(_WHEN_DRAWN)
    if "#" not in address:
        size(min(height, int(driver.execute_script("return document.documentElement.scrollHeight"))))
    return smaller(bytes(driver.get_screenshot_as_png()))


def smaller(png: bytes) -> bytes:
    """The same picture in 256 colours, which pages of text do not exceed by much, at a third of the size."""
    from PIL import Image

    stream = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256).save(stream, format="PNG", optimize=True)
    return stream.getvalue()


if __name__ == "__main__":
    raise SystemExit(main())
