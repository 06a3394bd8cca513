"""The page "Your sessions": in which browsers one is signed in, and ending that."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.core import clock, staff_sessions
from apps.core.actors import Actor
from apps.core.browsers import browser_words
from apps.core.models import User

OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Place:
    """A browser in which one is signed in."""

    row: UserSession
    browser: str
    is_this: bool


@login_required
@require_http_methods(["GET", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """List one's sessions; a POST ends the one named by ``end``, or all others."""
    user = request.user
    assert isinstance(user, User)  # login_required
    if request.method == "POST":
        return _end(request, user)
    own = request.session.session_key
    places = [
        Place(each, browser_words(each.user_agent), each.session_key == own)
        for each in staff_sessions.living(user)
    ]
    places.sort(key=lambda each: not each.is_this)
    return render(request, "account/sessions.html", {"places": places})


def _end(request: HttpRequest, user: User) -> HttpResponse:
    own, wanted = request.session.session_key, request.POST.get("end", "")
    living = staff_sessions.living(user)
    if wanted == OTHERS:
        chosen = [each for each in living if each.session_key != own]
    else:
        chosen = [each for each in living if str(each.pk) == wanted]
        if not chosen:
            raise Http404
    count = staff_sessions.end(user, chosen, actor=Actor.staff(user.pk), now=clock.now())
    if any(each.session_key == own for each in chosen):
        logout(request)
        return redirect("account_login")
    text = ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", count)
    messages.success(request, text % {"count": count}, extra_tags="said")
    return redirect("account_sessions")
