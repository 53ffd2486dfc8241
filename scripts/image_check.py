"""Start the image as it would run and look at it from inside: ``python3 scripts/image_check.py [--tag NAME]``.

The container gets what the documentation tells operators to give it and nothing more: a user without rights, a
read-only file system with /tmp in memory, the models, a folder for keys and campaigns, and no network at all but its
own loopback. ``image_inside.py`` then runs in it, asks the service, and says what it found. With docker or podman the
engine starts the container; with buildah, which runs no services, the kernel's namespaces do (as root).

Needs Python 3.11 and nothing else. Exit code 0 when everything is as promised.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
INSIDE = ROOT / "scripts" / "image_inside.py"
#: What goes into the image besides installed packages.
FOLDERS = ("surrogate", "serving", "data")
STATE = "/state"
SETTINGS = {"SURROGATE_KEYS": f"{STATE}/keys.json", "SURROGATE_CAMPAIGNS": f"{STATE}/campaigns.db"}
STOP_S = 30


class Engine:
    """A container of docker or podman; the two take the same options."""

    def __init__(self, program: str, tag: str) -> None:
        self.program, self.tag = program, tag
        self.name = ""

    def config(self) -> dict[str, Any]:
        """User, environment, command and health check of the image."""
        image: dict[str, Any] = json.loads(_output(self.program, "image", "inspect", self.tag))[0]
        return {**image["Config"], "Healthcheck": image["Config"].get("Healthcheck") or image.get("HealthCheck")}

    def size_bytes(self) -> int:
        """What the image takes on disk."""
        return int(json.loads(_output(self.program, "image", "inspect", self.tag))[0]["Size"])

    def start(self, models: Path, state: Path) -> None:
        """Run the image's own command, bounded."""
        settings = [word for name, value in SETTINGS.items() for word in ("--env", f"{name}={value}")]
        self.name = _output(
            self.program, "run", "--detach", "--read-only", "--tmpfs", "/tmp", "--network", "none",
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
            "--volume", f"{models}:/models:ro", "--volume", f"{state}:{STATE}", *settings, self.tag,
        ).strip()  # fmt: skip

    def inside(self, *command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in the container, as its user."""
        return subprocess.run(
            [self.program, "exec", "--interactive", self.name, *command],
            input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        _output(self.program, "stop", "--time", str(STOP_S), self.name)
        return int(_output(self.program, "inspect", "--format", "{{.State.ExitCode}}", self.name))

    def close(self) -> None:
        """Leave nothing behind."""
        if self.name:
            subprocess.run([self.program, "rm", "--force", self.name], capture_output=True, check=False)


#: What a container is: the image's files read-only, a few devices, its own processes and network, no rights.
_ENTER = """
set -eu
mount --make-rprivate /
mount --bind "$IMAGE" "$IMAGE"
mount -t proc proc "$IMAGE/proc"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$IMAGE/tmp"
mount -t tmpfs -o mode=755,nosuid tmpfs "$IMAGE/dev"
for device in null zero random urandom; do
  touch "$IMAGE/dev/$device"
  mount --bind "/dev/$device" "$IMAGE/dev/$device"
done
mkdir -m 1777 "$IMAGE/dev/shm"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$IMAGE/dev/shm"
mount --bind "$MODELS" "$IMAGE/models"
mount -o remount,bind,ro "$IMAGE/models"
mount --bind "$STATE" "$IMAGE/state"
mount -o remount,bind,ro "$IMAGE"
ip link set lo up
exec chroot "$IMAGE" setpriv --reuid "$OWNER" --regid "$OWNER" --clear-groups --bounding-set=-all --inh-caps=-all \
  --no-new-privs env -i "$@"
"""


class _Buildah:
    """The image in namespaces of its own, for machines that have buildah and no engine that runs containers."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.container = ""
        self.process: subprocess.Popen[bytes] | None = None

    def config(self) -> dict[str, Any]:
        """User, environment, command and health check of the image."""
        image: dict[str, Any] = json.loads(_output("buildah", "inspect", "--type", "image", self.tag))
        config: dict[str, Any] = image["Docker"]["config"]
        return config

    def size_bytes(self) -> int:
        """What the files of the image take, all layers together."""
        image = json.loads(_output("buildah", "images", "--json", self.tag))[0]
        size = image["size"]
        return int(float(size.split()[0]) * {"KB": 1e3, "MB": 1e6, "GB": 1e9}[size.split()[1]])

    def start(self, models: Path, state: Path) -> None:
        """Run the image's own command in new namespaces."""
        config = self.config()
        self.container = _output("buildah", "from", "--pull-never", self.tag).strip()
        image = Path(_output("buildah", "mount", self.container).strip())
        for mounted in ("models", STATE.strip("/")):
            (image / mounted).mkdir(exist_ok=True)
        (image / "etc" / "hosts").write_text("127.0.0.1 localhost\n")  # as engines do
        self.owner = config["User"].partition(":")[0]
        self.variables = [*config["Env"], *(f"{name}={value}" for name, value in SETTINGS.items())]
        places = {"IMAGE": str(image), "MODELS": str(models), "STATE": str(state), "OWNER": self.owner}
        command = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", config["WorkingDir"], *config["Cmd"]]
        self.log = (state / "log").open("wb")
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child",
             "sh", "-c", _ENTER, "sh", *self.variables, *command],
            env={**os.environ, **places}, stdout=self.log, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def inside(self, *command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in the same namespaces, as the same user."""
        rights = ["--reuid", self.owner, "--regid", self.owner, "--clear-groups", "--bounding-set=-all"]
        return subprocess.run(
            ["nsenter", "--target", str(self._first()), "--mount", "--net", "--pid", "--ipc", "--uts", "--root", "--wd",
             "setpriv", *rights, "--inh-caps=-all", "--no-new-privs", "env", "-i", *self.variables, *command],
            input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def _first(self) -> int:
        """The first process of the container, as this machine counts."""
        if self.process is None:
            raise SystemExit("The container was not started.")
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for child in children.read_text().split():
                if Path(f"/proc/{child}/status").read_text().split("Uid:")[1].split()[0] == self.owner:
                    return int(child)
            time.sleep(0.1)
        raise SystemExit("The container did not start; its log is above.")

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        os.kill(self._first(), 15)
        return self.process.wait(STOP_S) if self.process is not None else 1

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.container:
            subprocess.run(["buildah", "umount", self.container], capture_output=True, check=False)
            subprocess.run(["buildah", "rm", self.container], capture_output=True, check=False)


def check(engine: Engine | _Buildah, models: Path) -> int:
    """Start it, look at it, stop it; the number of promises it does not keep."""
    config = engine.config()
    health = (config.get("Healthcheck") or {}).get("Test", [])
    with TemporaryDirectory(prefix="surrogate-image-") as folder:
        state = Path(folder)
        state.chmod(0o777)  # the user of the image is nobody here
        try:
            engine.start(models, state)
            question = {"files": _files(), "elsewhere": [str(ROOT), str(Path.home())], "health": health[1:]}
            process = engine.inside("python3", "-c", INSIDE.read_text("utf-8"), text=json.dumps(question))
            print(process.stdout, end="")
            faults = process.returncode
            if faults:
                print(process.stderr[-4000:], file=sys.stderr)
                log = state / "log"
                print(log.read_text("utf-8")[-4000:] if log.exists() else "", file=sys.stderr)
            begun = time.monotonic()
            code = engine.stop()
            print(f"{'ok  ' if code == 0 else 'NOT '} stops when asked: exit code {code}, "
                  f"{time.monotonic() - begun:.1f} s")  # fmt: skip
            faults += code != 0
        finally:
            engine.close()
    print(f"     size: {engine.size_bytes() / 1e9:.2f} GB")
    return faults


def _files() -> dict[str, str]:
    """Every file of ours that has to be in the image, with its hash."""
    listed = _output("git", "-C", str(ROOT), "ls-files", *FOLDERS).splitlines()
    present = [name for name in listed if (ROOT / name).is_file()]
    return {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in present}


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _working() -> str:
    for program in ("docker", "podman", "buildah"):
        works = shutil.which(program) and subprocess.run([program, "info"], capture_output=True, check=False)
        if works and works.returncode == 0:
            return program
    raise SystemExit("None of docker, podman and buildah works here.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the image; 0 when all is as promised."""
    parser = argparse.ArgumentParser(description="Start the image as it would run and look at it from inside.")
    parser.add_argument("--tag", default=os.environ.get("TAG", "sulfide-surrogate"))
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="folder of exported models")
    options = parser.parse_args(arguments)
    if not any(options.models.glob("*/manifest.json")):
        raise SystemExit(f"There are no models in {options.models}. Fit some: python -m training fit all")
    program = os.environ.get("ENGINE") or _working()
    engine = _Buildah(options.tag) if program == "buildah" else Engine(program, options.tag)
    return 1 if check(engine, options.models.resolve()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
