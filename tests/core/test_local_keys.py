from __future__ import annotations

import stat
from pathlib import Path

from cryptography.fernet import Fernet

from apps.core.local_keys import load_or_create


def test_second_start_reads_the_keys_of_the_first(tmp_path: Path) -> None:
    var_dir = tmp_path / "var"
    assert load_or_create(var_dir) == load_or_create(var_dir)


def test_two_installations_never_share_a_key(tmp_path: Path) -> None:
    first, second = load_or_create(tmp_path / "a"), load_or_create(tmp_path / "b")
    assert first.secret_key != second.secret_key
    assert first.encryption_key != second.encryption_key


def test_encryption_key_is_a_named_fernet_key(tmp_path: Path) -> None:
    name, _, key = load_or_create(tmp_path / "var").encryption_key.partition(":")
    assert name == "local"
    assert Fernet(key).decrypt(Fernet(key).encrypt("слово".encode())) == "слово".encode()


def test_secret_key_satisfies_the_deployment_check(tmp_path: Path) -> None:
    key = load_or_create(tmp_path / "var").secret_key
    assert len(key) >= 50
    assert len(set(key)) >= 5


def test_only_the_owner_may_read_the_keys(tmp_path: Path) -> None:
    load_or_create(tmp_path / "var")
    folder = tmp_path / "var" / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "secret_key": 0o600,
        "encryption_key": 0o600,
    }
