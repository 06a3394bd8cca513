"""Lists over tables of millions: no COUNT, newest first, a page costs what it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from apps.core.backoffice.base import ReadOnlyAdmin
from apps.core.numbers import typed_number

CAP = 1000  # rows that are paged through
ACTION = 500  # rows that one action may touch
HORIZON = 100_000  # latest rows that a filter without an index looks through


class CappedPaginator(Paginator):
    """Counts to ``CAP`` and no further; older rows are reached by filters and by number."""

    @cached_property
    def count(self) -> int:
        return min(self._found, CAP)

    @property
    def capped(self) -> bool:
        """Whether there are more rows than are paged through."""
        return self._found > CAP

    @cached_property
    def _found(self) -> int:
        rows: Any = self.object_list
        return len(rows.select_related(None).values_list("pk", flat=True)[: CAP + 1])


class LargeAdmin(ReadOnlyAdmin):
    """A read-only list of a table that only grows. Search is by number, through ``number_field``.

    A rare value would be looked for in every row there ever was: filters look through the latest ``HORIZON`` rows,
    but for those of ``indexed_filters`` and those by moment, which end by themselves.
    """

    paginator = CappedPaginator
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    sortable_by = ()
    list_max_show_all = 0
    search_fields = ("pk",)
    number_field: ClassVar[str] = "pk"
    indexed_filters: ClassVar[frozenset[str]] = frozenset()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        if not self.is_sifted(request):
            return found
        newest = self.model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
        return found.filter(pk__gt=newest - HORIZON)

    def is_sifted(self, request: HttpRequest) -> bool:
        """Whether the list is filtered by something that no index finds; of rows without numbers none is the latest."""
        if not isinstance(self.opts.pk, models.AutoField):
            return False
        asked = {name.partition("__")[0] for name in request.GET}
        return bool(asked & self._unindexed_filters(request)) and not request.GET.get("q")

    def _unindexed_filters(self, request: HttpRequest) -> set[str]:
        names = {str(getattr(each, "parameter_name", each)) for each in self.get_list_filter(request)}
        return {name for name in names if not self._is_moment(name)} - self.indexed_filters

    def _is_moment(self, name: str) -> bool:
        fields = {field.name: field for field in self.model._meta.get_fields()}
        return isinstance(fields.get(name), models.DateTimeField)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        # Read by the list's last line.
        shown.horizon = HORIZON if self.is_sifted(request) else None  # type: ignore[attr-defined]  # set here
        return shown

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip("№# "):
            return queryset, False
        number = typed_number(search_term)
        if number is None:
            return queryset.none(), False
        return queryset.filter(**{self.number_field: number}), False


def changelist_of(shown: Callable[[list[Any]], list[Any]]) -> type[ChangeList]:
    """A list whose every page is passed through ``shown``: to mark its rows, or to leave some out."""

    class ShownChangeList(ChangeList):
        def get_results(self, request: HttpRequest) -> None:
            super().get_results(request)
            rows = list(self.result_list)
            self.result_list = shown(rows)
            if len(self.result_list) < len(rows):
                # How many there are of what is left out is not told either.
                self.result_count = len(self.result_list)

    return ShownChangeList
