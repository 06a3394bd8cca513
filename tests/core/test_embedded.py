"""The embedded PostgreSQL, on real servers with data nobody will miss."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from apps.core import embedded
from apps.core.embedded import EmbeddedError, EmbeddedPostgres, Postmaster

ROOT = Path(__file__).resolve().parent.parent.parent
AS_ROOT = os.geteuid() == 0


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    with embedded.throw_away() as server:
        yield server


@pytest.fixture
def durable() -> Iterator[EmbeddedPostgres]:
    """A server that keeps what it has confirmed, as the product's does."""
    with embedded.throw_away(durable=True) as server:
        yield server


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A living program that has nothing to do with PostgreSQL."""
    with subprocess.Popen(["sleep", "60"]) as stranger:
        yield stranger
        stranger.kill()


def number_in(server: EmbeddedPostgres) -> int:
    with psycopg.connect(server.url()) as connection:
        row = connection.execute("SELECT max(number) FROM kept").fetchone()
        assert row is not None
        return int(row[0])


def keep_number(server: EmbeddedPostgres, number: int) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def living(server: EmbeddedPostgres) -> Postmaster:
    found = server.postmaster()
    assert found is not None
    return found


def kill(server: EmbeddedPostgres) -> None:
    """As a power cut does it: the postmaster and every backend at once."""
    pid = living(server).pid
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        # A backend may go by itself once its postmaster is gone.
        with suppress(psutil.NoSuchProcess):
            process.kill()
    server._wait_until_gone(pid, 10)
    psutil.wait_procs(family, timeout=10)


def leave_running(server: EmbeddedPostgres) -> None:
    """As a killed process does it: its lock is gone, the server is not."""
    assert server._use is not None
    server._use.close()
    server._use = None


# --- What it is -------------------------------------------------------------------------------------


def test_cyrillic_letters_have_a_lower_case_whatever_the_locale(server: EmbeddedPostgres) -> None:
    for database in (embedded.DATABASE, embedded.TEMPLATE, "template1"):
        with psycopg.connect(server.url(database)) as connection:
            row = connection.execute("SELECT lower('Я'), 'ЩИТ' ILIKE 'щит'").fetchone()
        assert row == ("я", True)


def test_role_of_the_product_is_no_superuser_and_may_copy_the_template(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        connection.execute(f"CREATE DATABASE test_otklik TEMPLATE {embedded.TEMPLATE}")
    assert row == (False,)


def test_settings_of_the_cluster_are_in_force(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url()) as connection:
        rows = connection.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(embedded.CLUSTER_SETTINGS)]
        ).fetchall()
    assert dict(rows) == {
        **embedded.CLUSTER_SETTINGS,
        "max_wal_size": "4096",
        "shared_buffers": "32768",
    }


def test_only_a_socket_in_a_private_folder_lets_anybody_in(server: EmbeddedPostgres) -> None:
    assert psutil.Process(living(server).pid).net_connections("inet") == []
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700


def test_words_of_a_failed_statement_stay_out_of_the_log(server: EmbeddedPostgres) -> None:
    keep_number(server, 1)
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE UNIQUE INDEX ON kept (number)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO kept SELECT 1 WHERE 'секретное слово' <> ''")
    log = (server.folder / "log").read_text()
    assert "duplicate key" in log
    assert "секретное слово" not in log


def test_settings_for_django_are_the_same_before_and_after_the_start() -> None:
    with embedded.throw_away() as server:
        assert embedded.connection_settings(server.var_dir)["HOST"] == str(server.folder)
        assert embedded.connection_settings(server.var_dir) == {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "otklik",
            "USER": "otklik",
            "HOST": str(server.folder),
            "PORT": "5432",
        }


def test_settings_for_django_create_nothing(tmp_path: Path) -> None:
    embedded.connection_settings(tmp_path / "var")
    assert list(tmp_path.iterdir()) == []


# --- Who uses it --------------------------------------------------------------------------------------


def test_last_user_stops_the_server(server: EmbeddedPostgres) -> None:
    pid = living(server).pid
    beside = EmbeddedPostgres(server.var_dir)
    assert beside.acquire() is False
    assert server.release() is False
    assert living(beside).pid == pid
    assert beside.release() is True
    assert beside.postmaster() is None


def test_releasing_twice_stops_nothing_of_others(server: EmbeddedPostgres) -> None:
    beside = EmbeddedPostgres(server.var_dir)
    beside.acquire()
    beside.release()
    assert beside.release() is False
    assert living(server).status == "ready"


def test_process_that_was_killed_counts_as_a_user_no_more(server: EmbeddedPostgres) -> None:
    code = (
        "import sys, time; from pathlib import Path; from apps.core.embedded import EmbeddedPostgres; "
        "server = EmbeddedPostgres(Path(sys.argv[1])); server.acquire(); "
        "print('using', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(server.var_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "using\n"
        user.kill()
    assert server.release() is True


def test_ten_processes_starting_at_once_share_one_server() -> None:
    code = (
        "import sys; from pathlib import Path; from apps.core.embedded import EmbeddedPostgres; "
        "server = EmbeddedPostgres(Path(sys.argv[1]), durable=False); "
        "print(int(server.acquire()), server.postmaster().pid, flush=True); "
        "sys.stdin.read(); server.release()"
    )
    with embedded.throw_away() as server:
        server.release()
        users = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(server.var_dir)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(10)
        ]
        said = [user.stdout.readline().split() for user in users if user.stdout]
        for user in users:
            user.communicate(timeout=30)
        assert [user.returncode for user in users] == [0] * 10
        assert sorted(starter for starter, _ in said) == ["0"] * 9 + ["1"]
        assert len({pid for _, pid in said}) == 1
        assert server.postmaster() is None


# --- What a kill leaves behind ------------------------------------------------------------------------


def test_server_that_outlived_its_starter_is_taken_over_and_stopped(server: EmbeddedPostgres) -> None:
    keep_number(server, 7)
    leave_running(server)
    next_run = EmbeddedPostgres(server.var_dir)
    assert next_run.acquire() is False
    assert number_in(next_run) == 7
    assert next_run.release() is True


def test_killed_server_starts_again_with_everything_committed(durable: EmbeddedPostgres) -> None:
    keep_number(durable, 41)
    keep_number(durable, 42)
    kill(durable)
    assert (durable.data / "postmaster.pid").exists()
    next_run = EmbeddedPostgres(durable.var_dir)
    with next_run:
        assert number_in(next_run) == 42


def test_pid_file_naming_another_program_is_removed(
    durable: EmbeddedPostgres, stranger: subprocess.Popen[bytes]
) -> None:
    """Usual after a restart of a container: the same small numbers belong to other programs."""
    keep_number(durable, 3)
    kill(durable)
    for name in (durable.data / "postmaster.pid", durable.folder / ".s.PGSQL.5432.lock"):
        lines = name.read_text().splitlines()
        name.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    assert durable.postmaster() is None
    with EmbeddedPostgres(durable.var_dir) as next_run:
        assert number_in(next_run) == 3
    assert stranger.poll() is None


@pytest.mark.parametrize("content", ["", "123\n", "\n\n", "words\nthat\nare\nno\npid\nfile\nat\nall\n"])
def test_short_or_odd_pid_file_does_not_stop_the_next_start(server: EmbeddedPostgres, content: str) -> None:
    server.release()
    (server.data / "postmaster.pid").write_text(content)
    assert server.acquire() is True
    assert living(server).status == "ready"


def test_half_made_cluster_is_made_anew() -> None:
    with embedded.throw_away() as server:
        server.release()
        server.data.rename(server.folder / "data.new")
        (server.folder / "data.new" / "PG_VERSION").unlink()
        assert server.acquire() is True
        assert not (server.folder / "data.new").exists()


def test_recovery_longer_than_ten_seconds_is_waited_for_and_told(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    states = iter([Postmaster(1, "starting")] * 3 + [Postmaster(1, "ready")])
    beside = EmbeddedPostgres(server.var_dir, report=said.append)
    monkeypatch.setattr(beside, "postmaster", lambda: next(states))
    monkeypatch.setattr(embedded, "SAY_RECOVERING_AFTER_SECONDS", 0)
    assert beside._wait_until_ready(1) is True
    assert said == ["PostgreSQL puts its files in order after a crash; that can take minutes…"]


def test_server_nobody_uses_is_stopped_on_request(server: EmbeddedPostgres) -> None:
    beside = EmbeddedPostgres(server.var_dir)
    assert beside.stop_unused() is False
    assert living(server).status == "ready"
    leave_running(server)
    assert beside.stop_unused() is True
    assert beside.postmaster() is None


def test_interrupt_of_the_terminal_does_not_reach_the_server(server: EmbeddedPostgres) -> None:
    assert os.getpgid(living(server).pid) != os.getpgid(0)


def test_stop_lets_nothing_committed_go(durable: EmbeddedPostgres) -> None:
    keep_number(durable, 5)
    assert durable.release() is True
    assert not (durable.data / "postmaster.pid").exists()
    durable.acquire()
    assert number_in(durable) == 5


# --- Where it cannot work -------------------------------------------------------------------------------


def test_path_too_long_for_a_socket_falls_back_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    var_dir = tmp_path / ("a" * 90)
    server = EmbeddedPostgres(var_dir, durable=False, report=said.append)
    assert server.folder != var_dir / "pg"
    assert len(os.fsencode(server.folder)) <= embedded.LONGEST_FOLDER
    try:
        with server:
            assert living(server).status == "ready"
    finally:
        embedded.remove(var_dir)
    assert said == [
        f"The database's files are in {server.folder}: under {var_dir} the path is too long for a socket."
    ]


def test_cyrillic_path_is_measured_in_bytes(tmp_path: Path) -> None:
    assert embedded.objection(Path("/srv") / ("ж" * 50)) == "the path is too long for a socket"


def test_path_with_a_space_falls_back(tmp_path: Path) -> None:
    assert embedded.objection(Path("/srv/my office/var/pg")) == "the path has a space or a quotation mark"
    assert embedded.folder_for(Path("/srv/my office/var")).parent in embedded._fallback_bases()


def test_two_fallback_folders_are_never_the_same() -> None:
    first, second = (embedded.folder_for(Path(f"/srv/my {name}/var")) for name in ("office", "shop"))
    assert first != second


def test_private_folder_is_left_closed_and_used_by_its_owner_alone(tmp_path: Path) -> None:
    """Root lends its folders to another account, which must not open a private one."""
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    expected = embedded.SERVICE_HOME if AS_ROOT else closed
    assert embedded.folder_for(closed / "var").is_relative_to(expected)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_server_runs_as_an_account_without_rights(server: EmbeddedPostgres) -> None:
    expected = embedded.SERVICE_ACCOUNT if AS_ROOT else psutil.Process().username()
    assert psutil.Process(living(server).pid).username() == expected


def test_data_of_another_version_are_refused_and_left_alone(server: EmbeddedPostgres) -> None:
    server.release()
    version = server.data / "PG_VERSION"
    made_by = version.read_text()
    version.write_text("12\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 12"):
        server.acquire()
    assert server.postmaster() is None
    assert version.read_text() == "12\n"
    version.write_text(made_by)


def test_folder_of_another_user_is_refused(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = EmbeddedPostgres(server.var_dir)
    with pytest.raises(EmbeddedError, match="belongs to another user"):
        beside._refuse_foreign_folder(uid=server.folder.stat().st_uid + 1)


def test_server_that_cannot_start_shows_the_end_of_its_log(server: EmbeddedPostgres) -> None:
    server.release()
    with open(server.data / "postgresql.conf", "a") as configuration:
        configuration.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedError, match="no_such_setting"):
        server.acquire()
    assert server.release() is False


def test_terminated_command_stops_the_server_it_started() -> None:
    code = (
        "import sys, time, signal; from pathlib import Path; from config import commands; "
        "from apps.core.embedded import EmbeddedPostgres; signal.signal(signal.SIGTERM, commands._leave)\n"
        "with EmbeddedPostgres(Path(sys.argv[1])) as server: print('up', flush=True); time.sleep(60)"
    )
    with embedded.throw_away() as server:
        server.release()
        command = [sys.executable, "-c", code, str(server.var_dir)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as user:
            assert user.stdout is not None
            assert user.stdout.readline() == "up\n"
            user.send_signal(signal.SIGTERM)
            assert user.wait(timeout=30) == 128 + signal.SIGTERM
        assert server.postmaster() is None
