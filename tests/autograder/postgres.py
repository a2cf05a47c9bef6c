"""A PostgreSQL server of the test's own: in a temporary folder, on a socket in it, without a port.

Debian's programs, as `make setup` installs them; the server refuses to run as root.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
NONE = "There is no PostgreSQL: type `sudo apt-get install postgresql`"


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a server with an empty database and return its address for SQLAlchemy.

    Raises RuntimeError, with what to type, where none is installed.
    """
    if not PROGRAMS:
        raise RuntimeError(NONE)
    programs = PROGRAMS[-1].parent
    user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="tandem-postgresql-"))
    if user:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        with (folder.parent / f"{folder.name}.log").open("ab") as log:
            subprocess.run(
                [programs / program, *arguments],
                **user,  # type: ignore[call-overload]
                cwd=folder,
                stdout=log,
                stderr=log,
                check=True,
                timeout=60,
            )

    try:
        run("initdb", "--pgdata", str(data), "--username", "tandem", "--auth", "trust", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -F"
        run("pg_ctl", "start", "--wait", "--pgdata", str(data), "--options", options)
        try:
            run("createdb", "--host", str(folder), "--username", "tandem", "gradebook")
            yield f"postgresql+psycopg://tandem@/gradebook?host={folder}"
        finally:
            run("pg_ctl", "stop", "--pgdata", str(data), "--mode", "immediate")
    finally:
        shutil.rmtree(folder)
        (folder.parent / f"{folder.name}.log").unlink(missing_ok=True)
