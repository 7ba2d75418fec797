"""A real PostgreSQL server of the tests' own, from Debian's package: in a folder that goes with it, on a free loopback port."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "not-to-be-shown-7f3a"
USER = "reader"


class Server:
    """A running server; `url` is the address of one of its databases for `USER`."""

    def __init__(self, folder: Path, port: int, process: subprocess.Popen):
        self.folder, self.port, self._process = folder, port, process

    def url(self, database: str, user: str = USER, password: str | None = PASSWORD) -> str:
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{database}"


def binaries() -> Path | None:
    """Where initdb and postgres lie."""
    if (found := shutil.which("initdb")) and shutil.which("postgres"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: float(each.parts[-3]))
    return versions[-1].parent if versions else None


def _account() -> dict[str, object]:
    """Who runs the server: it refuses to be run by root."""
    if os.geteuid():
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise RuntimeError("root cannot run PostgreSQL, and there is neither a user postgres nor nobody")


@contextmanager
def server() -> Iterator[Server]:
    """A server with the superuser `USER`, who has the password `PASSWORD`."""
    found = binaries()
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="synthetrial-pg-", dir="/tmp"))  # short: a socket's path has at most 107 bytes
    try:
        (folder / "password").write_text(PASSWORD)
        if account:
            for each in (folder, folder / "password"):
                os.chown(each, account["user"], account["group"])
        options = {"env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}, "cwd": folder, **account}
        subprocess.run(
            [found / "initdb", "-D", folder / "data", "-U", USER, "-A", "scram-sha-256", "--pwfile", folder / "password",
             "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True, capture_output=True, **options,
        )  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB", "max_connections": 12,
        }  # fmt: skip
        process = subprocess.Popen(
            [found / "postgres", "-D", folder / "data", *(f"--{name}={value}" for name, value in settings.items())],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options,
        )  # fmt: skip
        try:
            said = []
            for line in process.stderr:
                said.append(line)
                if "ready to accept connections" in line:
                    break
            else:
                raise RuntimeError("PostgreSQL did not start:\n" + "".join(said))
            yield Server(folder, port, process)
        finally:
            process.terminate()  # as soon as its sessions are done
            process.communicate(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
