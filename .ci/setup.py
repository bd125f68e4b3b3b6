"""Make ``.venv``: what the lock files name, by hash, and this checkout, editable. Nothing outside it is touched.

``python3 .ci/setup.py`` is enough to run; ``--dev`` adds what tests and checks need. It uses uv where there is one,
else venv and pip, else (a bare Debian has no ensurepip) pip's own wheel, fetched and checked against ``.ci/pip.lock``.
A second call finds its stamp and is done at once.

Standard library only, and no syntax newer than Python 3.6: an old one must get far enough to say that it is too old.
"""

import argparse
import base64
import configparser
import contextlib
import fcntl
import hashlib
import html
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "stamp"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
PIP_LOCK = ROOT / ".ci" / "pip.lock"
SUPPORTED = ("3.13", "3.12", "3.11", "3.14")
"""In the order of preference where the `python3` that runs this is too old."""
INDEX = "https://pypi.org/simple"
TIMEOUT_S = 60
MANAGED_BY_US = {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "UV_NO_PROGRESS": "1"}
TOO_OLD = """\
setup: Quarterdeck needs Python 3.11 or newer; %s is %d.%d. What helps, either of:
  install a newer one beside it   apt install python3.11, dnf install python3.11, module load python, …
                                  then: make PYTHON=python3.11 …
  or install uv                   https://docs.astral.sh/uv (one file, no root; it brings a Python of its own)
"""
NETWORK = re.compile(
    "dns error|name resolution|name or service|failed to fetch|failed to download|could not connect|refused|"
    "certificate|timed out|max retries|newconnectionerror|proxyerror|unreachable|error sending request",
    re.IGNORECASE,
)
ADVICE = """\
The package index did not answer as it should. What may help, before the same command again:
  behind a proxy                 export https_proxy=http://proxy.example:3128
  a mirror of your own           export PIP_INDEX_URL=https://mirror.example/simple
  a certificate of your own      export SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"""


class SetupError(Exception):
    """The environment cannot be made; the text says why, and what to do."""


def newer_python() -> None:
    """Run this file again under a Python that is new enough, or say what to do; never returns."""
    for version in SUPPORTED:
        found = shutil.which("python" + version)
        if found and subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(found, [found, *sys.argv])
    uv = shutil.which("uv")
    if uv:
        os.execv(uv, [uv, "run", "--quiet", "--no-project", "--python", ">=3.11,<3.15", *sys.argv])
    sys.stderr.write(TOO_OLD % (sys.executable, *sys.version_info[:2]))
    sys.exit(1)


if sys.version_info < (3, 11):
    newer_python()


def main() -> int:
    """Make or refresh the environment; say why in words where that fails."""
    arguments = argparse.ArgumentParser(description="Make .venv from the lock files.")
    arguments.add_argument("--dev", action="store_true", help="with everything that tests and checks need")
    wanted = "dev" if arguments.parse_args().dev else "run"
    try:
        with locked():  # two makes at the same time: the second one waits, and finds it done
            refresh(wanted)
    except SetupError as failure:
        sys.stderr.write(f"setup: {failure}\n")
        return 1
    return 0


@contextlib.contextmanager
def locked() -> "Iterator[None]":
    """Hold the checkout's lock, which is this file's own: it is there in every checkout.

    Raises:
        SetupError: the file system has no locks.
    """
    here = Path(__file__)
    # NFS locks for writing only what is open for writing; who may not write here can still find everything done.
    with here.open("r+" if os.access(here, os.W_OK) else "r") as door:
        try:
            fcntl.flock(door, fcntl.LOCK_EX)
        except OSError as error:
            raise SetupError(
                f"{here} cannot be locked: {error.strerror}\n"
                "Have the locks of this file system switched on, or use a checkout on a local disk."
            ) from error
        yield


def refresh(wanted: str) -> None:
    """Bring ``.venv`` up to the lock files unless its stamp says that it is; what `dev` brought is not taken away."""
    found = STAMP.read_text(encoding="utf-8").splitlines() if STAMP.is_file() else []
    kind = "dev" if "dev" in [wanted, *found[:1]] else "run"
    stamp = [kind, digest(kind), str(ROOT)]
    if found != stamp or not PYTHON.exists():
        sys.stderr.write(f"setup: making .venv from {LOCKS[kind]} …\n")
        moved = bool(found) and found[-1] != str(ROOT)  # scripts in there name the path that the checkout had before
        if VENV.exists() and (moved or not PYTHON.exists()):
            shutil.rmtree(VENV)
        STAMP.unlink(missing_ok=True)
        uv = shutil.which("uv")
        if uv and subprocess.run([uv, "--version"], capture_output=True, check=False).returncode == 0:
            with_uv(uv, LOCKS[kind])
        else:
            with_pip(LOCKS[kind])
        STAMP.write_text("\n".join(stamp) + "\n", encoding="utf-8")
    compile_catalogues()


def digest(kind: str) -> str:
    """Digest everything that decides what is in the environment."""
    seen = hashlib.sha256()
    for name in (LOCKS[kind], "pyproject.toml", "console/version.py", ".ci/setup.py"):
        seen.update((ROOT / name).read_bytes())
    return seen.hexdigest()


def with_uv(uv: str, lock: str) -> None:
    """Make the environment with uv; its settings (UV_*) are the user's, and pip's index is used where uv has none."""
    extra = {}
    mirror = pip_setting("index-url")
    if mirror and not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & os.environ.keys():
        extra["UV_DEFAULT_INDEX"] = mirror
    if not PYTHON.exists():
        python = [] if os.environ.get("UV_PYTHON") else ["--python", ">=3.11,<3.15"]
        run([uv, "venv", "--quiet", *python, str(VENV)], extra)
    into = ["--quiet", "--python", str(PYTHON)]
    run([uv, "pip", "sync", *into, "--require-hashes", lock], extra)
    run([uv, "pip", "install", *into, "--no-deps", "--no-build-isolation", "--editable", "."], extra)


def with_pip(lock: str) -> None:
    """Make the environment with this Python's venv, and pip from ensurepip or, where that is missing, its index."""
    if not PYTHON.exists():
        make_venv(with_pip=has("ensurepip"))
    pip = [str(PYTHON), "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode != 0:
        with tempfile.TemporaryDirectory() as folder:
            wheel = fetch_pip(Path(folder))
            run([str(PYTHON), f"{wheel}/pip", "install", "--quiet", "--no-index", "--no-deps", str(wheel)])
    run([*pip, "install", "--quiet", "--require-hashes", "--requirement", lock])
    run([*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", "."])


def has(module: str) -> bool:
    """Tell whether a module of the standard library is there: distributions leave some out."""
    return subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


def make_venv(*, with_pip: bool) -> None:
    """Make an empty virtual environment.

    Raises:
        SetupError: this Python cannot make one.
    """
    if not has("venv"):
        raise SetupError(
            f"{sys.executable} has no module venv; install it (python3-venv), or uv: https://docs.astral.sh/uv"
        )
    run([sys.executable, "-m", "venv", *([] if with_pip else ["--without-pip"]), str(VENV)])


def fetch_pip(folder: Path) -> Path:
    """Fetch the wheel of pip that is locked from the user's index, and return it where its sha256 is the locked one.

    Raises:
        SetupError: the index cannot be read, does not have it, or hands out another file.
    """
    locked = PIP_LOCK.read_text(encoding="utf-8")
    name = f"pip-{locked.partition('==')[2].split()[0]}-py3-none-any.whl"
    page = (pip_setting("index-url") or INDEX).rstrip("/") + "/pip/"
    text, address = fetch(page)
    link = re.search(rf'href="([^"#]*{re.escape(name)})["#]', text.decode("utf-8", "replace"))
    if link is None:
        raise SetupError(f"{plain(page)} lists no {name}\n{ADVICE}")
    wheel, _ = fetch(urllib.parse.urljoin(address, html.unescape(link[1])))
    if hashlib.sha256(wheel).hexdigest() not in re.findall(r"sha256:([0-9a-f]{64})", locked):
        raise SetupError(f"{name} from {plain(page)} is not the file that .ci/pip.lock names; it was not used")
    path = folder / name
    path.write_bytes(wheel)
    return path


def fetch(url: str) -> "tuple[bytes, str]":
    """Fetch a web address; return what it holds and where it was found in the end.

    Raises:
        SetupError: it cannot be read.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise SetupError(f"{plain(url)} is not a web address; set PIP_INDEX_URL to one, or install uv or python3-venv")
    request = urllib.request.Request(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl())  # noqa: S310 - checked
    if parts.username is not None:
        words = ":".join(urllib.parse.unquote(word or "") for word in (parts.username, parts.password))
        request.add_header("Authorization", "Basic " + base64.b64encode(words.encode()).decode())
    proxy = pip_setting("proxy")
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else None),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=pip_setting("cert"))),
    )
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            return answer.read(), answer.url
    except (OSError, urllib.error.URLError) as error:
        raise SetupError(f"cannot read {plain(url)}: {error}\n{ADVICE}") from error


def pip_setting(name: str) -> "str | None":
    """Read one of pip's settings where pip would: the environment, then the user's and the machine's files."""
    value = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if value:
        return value
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser())
    files = [Path("/etc/pip.conf"), Path("~/.pip/pip.conf").expanduser(), home / "pip" / "pip.conf"]
    settings = configparser.RawConfigParser(strict=False)
    try:
        settings.read([*files, os.environ.get("PIP_CONFIG_FILE", os.devnull)])
    except configparser.Error as error:
        raise SetupError(f"pip's configuration cannot be read: {error}") from error
    return settings.get("install", name, fallback=None) or settings.get("global", name, fallback=None)


def compile_catalogues() -> None:
    """Compile the catalogues that are missing or older than their source."""
    for source in (ROOT / "console" / "locale").glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
            return run([str(PYTHON), "hatch_build.py"])
    return None


def run(command: "list[str]", extra: "dict[str, str] | None" = None) -> None:
    """Run one step, silent unless it fails.

    Raises:
        SetupError: with the end of what it said, and advice where the network is to blame.
    """
    env = {**os.environ, **MANAGED_BY_US, **(extra or {})}
    env.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        said = plain("\n".join(done.stdout.decode("utf-8", "replace").strip().splitlines()[-15:]))
        advice = f"\n{ADVICE}" if NETWORK.search(said) else ""
        raise SetupError(f"this failed: {' '.join(command)}\n{said}{advice}")


def plain(text: str) -> str:
    """Take user names and passwords out of the addresses in a text."""
    return re.sub(r"//[^/@\s]+@", "//", text)


if __name__ == "__main__":
    sys.exit(main())
