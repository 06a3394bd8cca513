"""Try it: what would become of a message, why, and who would answer it. Nothing is written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.channels.adapters.web import WebAdapter
from apps.channels.models import Channel
from apps.conversations.models import Verification
from apps.conversations.services.words import prepare
from apps.core.backoffice.base import TaskAdmin
from apps.core.errors import Invalid
from apps.core.moments import sensible
from apps.operators import reach
from apps.operators.models import Queue
from apps.routing.admin import tried
from apps.routing.admin.publishing import moment_widget
from apps.routing.ruling.facts import Facts, open_calendars
from apps.routing.ruling.judging import number
from apps.routing.services import trying

IN_FORCE, DRAFT = "in_force", "draft"
REMEMBERED = "try_channel"  # of the session


class ChannelField(forms.ModelChoiceField):
    """Channels that are off can be tried before anybody writes there, and are told apart."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj) if obj.is_active else gettext("%(channel)s (off)") % {"channel": obj}


class TryForm(forms.Form):
    """A message that might come: what is not typed stays empty."""

    text = forms.CharField(
        label=_("the customer's message"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 40}),
        help_text=_("Rules of escalation look for their words in it. It is not kept."),
    )
    channel = ChannelField(
        label=_("channel"), queryset=Channel.objects.order_by("-is_active", "name"), empty_label=None
    )
    address = forms.CharField(label=_("mailbox or number written to"), required=False, max_length=200)
    page = forms.CharField(label=_("page of the site"), required=False, max_length=2000)
    topic = forms.ModelChoiceField(
        label=_("department chosen"), queryset=Queue.objects.none(), required=False
    )
    intent = forms.CharField(label=_("what he wants, as found by the bot"), required=False, max_length=60)
    language = forms.ChoiceField(label=_("customer's language"), choices=settings.LANGUAGES, initial="ru")
    verification = forms.ChoiceField(label=_("how surely he is known"), choices=Verification.choices)
    attributes = forms.CharField(
        label=_("what the bank knows of him"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 40, "placeholder": "tariff = business"}),
        help_text=_("One a line: name = value."),
    )
    events = forms.CharField(
        label=_("what he did at the bank"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 40, "placeholder": "contract_signed = 3"}),
        help_text=_("One a line: code = days ago."),
    )
    moment = forms.SplitDateTimeField(
        label=_("when"),
        required=False,
        widget=moment_widget(),
        validators=[sensible],
    )
    version = forms.ChoiceField(
        label=_("by which rules"),
        choices=[(IN_FORCE, _("those that work now")), (DRAFT, _("those of the pages, published or not"))],
        widget=forms.RadioSelect,
        initial=IN_FORCE,
    )

    def __init__(self, data: Any, *, user: Any, channel: int | None = None) -> None:
        """``channel``: the one that stands there already, since nobody writes without one."""
        super().__init__(data, initial={"channel": channel})
        self.fields["moment"].help_text = gettext("Empty: now. In your time zone, %(zone)s.") % {
            "zone": get_current_timezone_name()
        }
        topic = self.fields["topic"]
        assert isinstance(topic, forms.ModelChoiceField)
        topic.queryset = reach.lines(user, Queue.objects.order_by("-priority", "pk"))

    def clean(self) -> dict[str, Any]:
        """The message becomes what would be stored of it in that channel."""
        values = self.cleaned_data
        if "channel" in values:
            try:
                values["text"] = prepare(
                    values.get("text", ""), limit=values["channel"].text_limit, may_be_empty=True
                )
            except Invalid as refusal:
                self.add_error("text", str(refusal))
        return values

    def clean_attributes(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in _pairs(self.cleaned_data["attributes"])}

    def clean_events(self) -> dict[str, float]:
        found = {}
        for code, value in _pairs(self.cleaned_data["events"]):
            days = number(value)
            if days is None or not 0 <= days <= 36500:
                raise ValidationError(_("“%(value)s” is not a number of days."), params={"value": value[:20]})
            found[code] = float(days)
        return found

    def facts(self, now: datetime) -> Facts:
        """What was typed, as rules see it."""
        typed = self.cleaned_data
        moment = typed["moment"] or now
        acts = {code: moment - timedelta(days=days) for code, days in typed["events"].items()}
        return Facts(
            now=moment,
            channel=typed["channel"].pk,
            channel_kind=typed["channel"].kind,
            address=typed["address"].strip(),
            page=typed["page"].strip(),
            language=typed["language"],
            verification=typed["verification"],
            topic=typed["topic"].pk if typed["topic"] else None,
            intent=typed["intent"].strip(),
            attributes=typed["attributes"],
            acts=acts,
            claims=acts,
            open_calendars=open_calendars(moment),
        )


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        name, sign, value = line.partition("=")
        if not sign or not name.strip():
            raise ValidationError(_("“%(line)s” is not “name = value”."), params={"line": line[:60]})
        found.append((name.strip(), value.strip()))
    return found


def _plain(value: str) -> str | bool:
    """As the bank's systems would send it: yes and no are no words."""
    return {"true": True, "false": False}.get(value.lower(), value)


def show(page: TaskAdmin, request: HttpRequest, *, now: datetime) -> HttpResponse:
    """The form, and beside it what came of it. Sent as a form is: words of a customer stand in no address."""
    data = request.POST if request.method == "POST" else None
    form = TryForm(data, user=request.user, channel=_usual_channel(request))
    found = None
    if form.is_bound and form.is_valid():
        request.session[REMEMBERED] = form.cleaned_data["channel"].pk
        found = _found(form, request, now)
    context = {
        **page.admin_site.each_context(request),
        "title": _("Try the rules"),
        "opts": page.opts,
        "form": form,
        "found": found,
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/otklik/try_it.html", context)


def _usual_channel(request: HttpRequest) -> int | None:
    """The one that this reader tried last, else the chat of the site, else the first of the list."""
    channels = Channel.objects.order_by("-is_active", "pk")
    last: int = request.session.get(REMEMBERED, 0)
    found = (
        channels.filter(pk=last).first() or channels.filter(kind=WebAdapter.kind).first() or channels.first()
    )
    return found.pk if found else None


def _found(form: TryForm, request: HttpRequest, now: datetime) -> tried.Shown:
    values, facts = form.cleaned_data, form.facts(now)
    trial = trying.try_it(facts, text=values["text"], draft=values["version"] == DRAFT, now=now)
    chat = tried.chat(trial, values["channel"], language=values["language"], now=facts.now)
    typed = request.POST.get("text", "").strip()
    stored = values["text"] if values["text"] != typed else ""
    return tried.shown(trial, chat, request.user, stored=stored, is_now=facts.now == now)
