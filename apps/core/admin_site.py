"""Our AdminSite: Django's own admin with our skin, an index grouped by task, and our sign-in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from apps.core.backoffice.base import TaskAdmin
from apps.core.backoffice.history import Kept
from apps.core.models import User

# The index, from what a channel needs first to what is only looked up.
TASKS: dict[str, str | Promise] = {
    "channels": _("Channels"),
    "lines": _("Lines and hours"),
    "promises": _("Promises"),
    "texts": _("Texts"),
    "staff": _("Staff and rights"),
    "conversations": _("Conversations"),
    "quality": _("Quality"),
    "integrations": _("Integrations"),
    "journal": _("Journal"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check of a row found: fine, a fault, or (None) something to know."""

    ok: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """How a kind of channel shows a text: its name, and the longest one in characters."""

    label: str | Promise
    text_limit: int


Check = Callable[[Any, datetime], list[Finding]]
# What a list says above its rows to this reader; empty: nothing.
Banner = Callable[[HttpRequest], str]


class OtklikAdminSite(admin.AdminSite):
    site_header = "Otklik"
    site_title = "Otklik"
    index_title = _("Back office")
    index_template = "admin/otklik/index.html"
    enable_nav_sidebar = True
    empty_value_display = "—"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # What an app adds to the pages of an app below it, which must not know of it.
        self._inlines: defaultdict[type[models.Model], list[Any]] = defaultdict(list)
        self._kept: defaultdict[type[models.Model], list[Kept]] = defaultdict(list)
        self._checks: defaultdict[type[models.Model], list[Check]] = defaultdict(list)
        self._bubbles: list[Callable[[], list[Bubble]]] = []
        self._banners: defaultdict[type[models.Model], list[Banner]] = defaultdict(list)

    # --- what apps bring ------------------------------------------------------------------------------

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only our own pages: what libraries offer of themselves has no place in the index."""
        if admin_class is not None and issubclass(admin_class, TaskAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def add_inline(self, model: type[models.Model], inline: Any, *, link: str = "") -> None:
        """Show rows of an upper app on the page of a lower app's model, and their history under ``link``."""
        self._inlines[model].append(inline)
        if link:
            self._kept[model].append(Kept(inline.model, link))

    def kept_for(self, model: type[models.Model]) -> list[Kept]:
        """Tables whose history is told on a model's page because of such inlines."""
        return list(self._kept[model])

    def inlines_for(self, model: type[models.Model]) -> list[Any]:
        return list(self._inlines[model])

    def add_check(self, model: type[models.Model], check: Check) -> None:
        """Something that the "Check" button of a model's page asks as well."""
        self._checks[model].append(check)

    def add_bubbles(self, bubbles: Callable[[], list[Bubble]]) -> None:
        """Kinds in which texts are previewed."""
        self._bubbles.append(bubbles)

    def bubbles(self) -> list[Bubble]:
        return [bubble for source in self._bubbles for bubble in source()]

    def add_banner(self, model: type[models.Model], banner: Banner) -> None:
        """Something that whoever opens the list of a model should know first."""
        self._banners[model].append(banner)

    def banners_for(self, model: type[models.Model], request: HttpRequest) -> list[str]:
        return [text for banner in self._banners[model] if (text := banner(request))]

    def findings(self, row: models.Model, now: datetime) -> list[Finding]:
        """What all checks say of a row."""
        return [finding for check in self._checks[type(row)] for finding in check(row, now)]

    # --- the index --------------------------------------------------------------------------------------

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Pages by task, in the order of ``TASKS``; a task without pages for this person is left out."""
        pages: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        described = {
            entry["model"]: entry for app in self._build_app_dict(request).values() for entry in app["models"]
        }
        for model, page in self._registry.items():
            if model in described:
                entry = {**described[model], "hint": getattr(page, "task_hint", "")}
                pages[page.task].append((page.task_order, entry))  # type: ignore[attr-defined]  # all are TaskAdmin
        return [
            {
                "name": name,
                "app_label": task,
                "app_url": f"{reverse('admin:index', current_app=self.name)}#{task}",
                "has_module_perms": True,
                "models": [entry for _order, entry in sorted(pages[task], key=lambda each: each[0])],
            }
            for task, name in TASKS.items()
            if pages[task]
        ]

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> Any:
        """Pages are grouped by task and not by app: what breadcrumbs call an app is the index."""
        return redirect("admin:index")

    # --- the reader -------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        language = self.admin_view(self.own_language)
        return [path("own-language/", language, name="own_language"), *super().get_urls()]

    def own_language(self, request: HttpRequest) -> HttpResponse:
        """The language of one's own account, from the header of every page."""
        wanted = request.POST.get("language")
        if request.method == "POST" and wanted in dict(settings.LANGUAGES):
            User.objects.filter(username=request.user.get_username()).update(language=wanted)
        return HttpResponseRedirect(self._inside(request, request.POST.get("next", "")))

    def _inside(self, request: HttpRequest, wanted: str) -> str:
        """An address of ours, or the index."""
        is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
        return wanted if is_ours else reverse("admin:index")

    # --- the door ---------------------------------------------------------------------------------------

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """One door for all staff, with its lockout; whoever is inside without the right is told so."""
        if request.user.is_authenticated and not self.has_permission(request):
            return render(request, "admin/otklik/no_access.html", status=403)
        wanted = self._inside(request, request.GET.get("next", ""))
        return HttpResponseRedirect(wanted) if self.has_permission(request) else redirect_to_login(wanted)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.method == "POST":
            logout(request)
        return redirect(settings.LOGOUT_REDIRECT_URL or "/")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")


def our_site() -> OtklikAdminSite:
    """The site of this installation, by its own type."""
    return cast(OtklikAdminSite, admin.site)
