"""The few doors that staff need: in, out, one's sessions, a new password, also by letter where letters can be sent."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path

from apps.core import session_pages

View = Callable[..., HttpResponseBase]


def by_letter(view: View) -> View:
    """A page that exists only where letters can be sent."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.LETTERS:
            raise Http404
        return view(request, *args, **kwargs)

    return page


urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", by_letter(views.password_reset), name="account_reset_password"),
    path("password/reset/sent/", by_letter(views.password_reset_done), name="account_reset_password_done"),
    path(
        "password/reset/<slug:uidb36>/<str:key>/",
        by_letter(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        by_letter(views.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("sessions/", session_pages.sessions, name="account_sessions"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
]
