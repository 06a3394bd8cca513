"""Uploads that nobody sent go after a week, row and content; whatever is referred to stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from apps.conversations.models import Attachment, Message
from apps.core import clock, files, tasks
from apps.core.models import Brand, StoredFile
from tests.core.files.conftest import NOW, PDF, Receive, kept_on_disk, picture
from tests.factories import dialogues, people

A_WEEK_LATER = NOW + timedelta(days=7, seconds=1)


def left() -> set[object]:
    return set(StoredFile.objects.values_list("pk", flat=True))


def test_row_content_and_preview_of_an_upload_nobody_sent_are_removed(
    receive: Receive, storage: Path
) -> None:
    receive(picture(size=(900, 600)))
    assert len(kept_on_disk(storage)) == 2

    assert files.forget_abandoned(now=A_WEEK_LATER) == 1

    assert left() == set()
    assert kept_on_disk(storage) == []


def test_a_week_is_not_over_before_its_last_second(receive: Receive, storage: Path) -> None:
    stored = receive(PDF)

    assert files.forget_abandoned(now=NOW + timedelta(days=7)) == 0

    assert left() == {stored.pk}
    assert len(kept_on_disk(storage)) == 1


def test_what_is_sent_worn_or_shown_stays(receive: Receive, storage: Path) -> None:
    sent, logo, face = receive(PDF), receive(picture()), receive(picture())
    conversation = dialogues.conversation()
    Attachment.objects.create(message=Message.objects.get(conversation=conversation, kind="text"), file=sent)
    Brand.objects.update_or_create(defaults={"logo": logo})
    anna = people.operator()
    anna.avatar = face
    anna.save()

    assert files.forget_abandoned(now=A_WEEK_LATER) == 0

    assert left() == {sent.pk, logo.pk, face.pk}
    assert len(kept_on_disk(storage)) == 3


def test_every_reference_to_a_file_is_asked() -> None:
    """A new foreign key keeps its files without anybody thinking of the sweep."""
    names = {(each.related_model.__name__, each.field.name) for each in files.storing.references()}
    kept = {("Attachment", "file"), ("Brand", "logo"), ("Operator", "avatar")}
    # What was worn once stays too: its history can be gone back to.
    assert names == kept | {("BrandEvent", "logo"), ("OperatorEvent", "avatar")}


def test_one_that_is_attached_at_the_last_moment_stays(
    receive: Receive, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = receive(PDF)
    conversation = dialogues.conversation()
    message = Message.objects.get(conversation=conversation, kind="text")
    found = files.storing._abandoned

    def then_attached(now: object) -> object:
        ids = list(found(now))
        Attachment.objects.create(message=message, file=stored)
        return ids

    monkeypatch.setattr(files.storing, "_abandoned", then_attached)

    assert files.forget_abandoned(now=A_WEEK_LATER) == 0

    assert left() == {stored.pk}
    assert len(kept_on_disk(storage)) == 1


def test_a_content_that_cannot_be_removed_keeps_its_row_for_the_next_run(
    receive: Receive, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = receive(PDF)

    def broken(path: str) -> None:
        raise OSError("the store is away")

    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "delete", broken)
        assert files.forget_abandoned(now=A_WEEK_LATER) == 0
    assert left() == {stored.pk}

    assert files.forget_abandoned(now=A_WEEK_LATER) == 1
    assert (left(), kept_on_disk(storage)) == (set(), [])


def test_the_task_goes_on_until_nothing_is_left(
    receive: Receive, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(3):
        receive(PDF)
    monkeypatch.setattr(clock, "now", lambda: A_WEEK_LATER)
    real = files.forget_abandoned
    monkeypatch.setattr(files, "forget_abandoned", lambda now: real(now=now, limit=2))

    tasks.forget_abandoned_files()

    assert (left(), kept_on_disk(storage)) == (set(), [])
