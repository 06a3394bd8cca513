"""Lines, operators, presence, templates and tags. Who sees which is asked of core's table of subjects."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import clock, subjects
from apps.core.api.schema import operation
from apps.core.api.views import ApiView, ListView
from apps.core.models import User
from apps.operators.api import examples, filters
from apps.operators.api import serializers as s
from apps.operators.calendar import is_open
from apps.operators.models import (
    BreakReason,
    Operator,
    Presence,
    Queue,
    QueueMembership,
    ReplyTemplate,
    Tag,
)
from apps.operators.services import presence

READ = "organisation:read"


def lines_of(account: User) -> QuerySet[Queue]:
    """Lines the account may know of."""
    every = set(Queue.objects.values_list("pk", flat=True))
    return Queue.objects.filter(pk__in=subjects.seen(account, "queue", every))


def operators_of(account: User) -> QuerySet[Operator]:
    """Operators the account may know of, with all that their shape needs."""
    every = set(Operator.objects.values_list("pk", flat=True))
    found = Operator.objects.filter(pk__in=subjects.seen(account, "operator", every))
    return found.select_related("presence").prefetch_related("skills", "memberships")


class QueueList(ListView):
    scopes = {"GET": READ}
    page_order = "pk"
    queryset = Queue.objects.none()
    serializer_class = s.QueueOutput
    filterset_class = filters.QueueFilter

    def get_queryset(self) -> QuerySet[Queue]:
        return _with_hours(lines_of(self.account))

    @operation(
        "list_queues",
        tag="Organisation",
        summary="List lines",
        answer=s.QueueOutput(many=True),
        received=examples.QUEUE,
    )
    def get(self, request: Request) -> Response:
        page = self.page(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([_line(each) for each in page])


class QueueDetail(ApiView):
    scopes = {"GET": READ}

    @operation(
        "get_queue", tag="Organisation", summary="A line", answer=s.QueueOutput, received=examples.QUEUE
    )
    def get(self, request: Request, queue_id: int) -> Response:
        return Response(_line(get_object_or_404(_with_hours(lines_of(self.account)), pk=queue_id)))


def _with_hours(lines: QuerySet[Queue]) -> QuerySet[Queue]:
    members = Prefetch("memberships", QueueMembership.objects.order_by("operator_id"))
    return lines.select_related("calendar").prefetch_related(
        "calendar__intervals", "calendar__exceptions", members
    )


def _line(queue: Queue) -> dict[str, Any]:
    shape = {
        "id": queue.pk,
        "name": queue.name,
        "public_name_ru": queue.public_name_ru,
        "public_name_en": queue.public_name_en,
        "priority": queue.priority,
        "is_default": queue.is_default,
        "is_active": queue.is_active,
        "open": is_open(queue.calendar, clock.now()),
        "members": [each.operator_id for each in queue.memberships.all()],
    }
    return s.QueueOutput(shape).data


class OperatorList(ListView):
    scopes = {"GET": READ}
    page_order = "pk"
    queryset = Operator.objects.none()
    serializer_class = s.OperatorOutput
    filterset_class = filters.OperatorFilter

    def get_queryset(self) -> QuerySet[Operator]:
        return operators_of(self.account)

    @operation(
        "list_operators",
        tag="Organisation",
        summary="List operators with their presence",
        answer=s.OperatorOutput(many=True),
        received=examples.OPERATOR,
    )
    def get(self, request: Request) -> Response:
        page = self.page(self.filter_queryset(self.get_queryset()))
        known = set(lines_of(self.account).values_list("pk", flat=True))
        return self.get_paginated_response([_operator(each, known) for each in page])


class OperatorDetail(ApiView):
    scopes = {"GET": READ}

    @operation(
        "get_operator",
        tag="Organisation",
        summary="An operator",
        answer=s.OperatorOutput,
        received=examples.OPERATOR,
    )
    def get(self, request: Request, operator_id: int) -> Response:
        found = get_object_or_404(operators_of(self.account), pk=operator_id)
        return Response(_operator(found, set(lines_of(self.account).values_list("pk", flat=True))))


def _operator(operator: Operator, known_lines: set[int]) -> dict[str, Any]:
    """An operator with those of his lines that the account knows."""
    lines = sorted(each.queue_id for each in operator.memberships.all() if each.queue_id in known_lines)
    operator.line_ids = lines  # type: ignore[attr-defined]  # for the shape only
    operator.skill_names = [skill.name for skill in operator.skills.all()]  # type: ignore[attr-defined]  # likewise
    operator.current_presence = getattr(operator, "presence", None)  # type: ignore[attr-defined]  # may be missing
    return s.OperatorOutput(operator).data


class PresenceDetail(ApiView):
    scopes = {"GET": READ, "PUT": "presence:write"}

    @operation(
        "get_presence",
        tag="Organisation",
        summary="An operator's presence",
        answer=s.PresenceOutput,
        received=examples.PRESENCE,
    )
    def get(self, request: Request, operator_id: int) -> Response:
        get_object_or_404(operators_of(self.account), pk=operator_id)
        found = Presence.objects.filter(operator_id=operator_id).first()
        return Response(s.PresenceOutput(found or _never_here(operator_id)).data)

    @operation(
        "set_presence",
        tag="Organisation",
        summary="Set an operator's presence",
        description=(
            "For supervisors, telephone systems and shift planners. The operator's own screen follows at once and says "
            "who sent him and why. What he is offered goes to others; what he holds stays with him on a break, and "
            "goes back to its lines a grace time after he was sent home."
        ),
        request=s.PresenceInput,
        answer=s.PresenceOutput,
        sent={"state": "break", "reason": 1},
        received=examples.PRESENCE,
    )
    def put(self, request: Request, operator_id: int) -> Response:
        asked = self.valid(s.PresenceInput)
        get_object_or_404(operators_of(self.account), pk=operator_id)
        row = presence.send(
            operator_id,
            state=asked["state"],
            reason_id=asked.get("reason"),
            sent_by=self.account.pk,
            actor=self.actor,
            now=clock.now(),
        )
        return Response(s.PresenceOutput(row).data)


def _never_here(operator_id: int) -> Presence:
    """Somebody who has not come to work yet."""
    created = User.objects.values_list("date_joined", flat=True).get(pk=operator_id)
    return Presence(operator_id=operator_id, state=Presence.State.OFFLINE, since=created)


class TemplateList(ListView):
    scopes = {"GET": READ}
    page_order = "pk"
    queryset = ReplyTemplate.objects.none()
    serializer_class = s.TemplateOutput
    filterset_class = filters.TemplateFilter

    def get_queryset(self) -> QuerySet[ReplyTemplate]:
        return templates_of(self.account)

    @operation(
        "list_templates",
        tag="Organisation",
        summary="List reply templates",
        answer=s.TemplateOutput(many=True),
        received=examples.TEMPLATE,
    )
    def get(self, request: Request) -> Response:
        return self.listed()


class TemplateDetail(ApiView):
    scopes = {"GET": READ}

    @operation(
        "get_template",
        tag="Organisation",
        summary="A reply template",
        answer=s.TemplateOutput,
        received=examples.TEMPLATE,
    )
    def get(self, request: Request, template_id: int) -> Response:
        return Response(s.TemplateOutput(get_object_or_404(templates_of(self.account), pk=template_id)).data)


def templates_of(account: User) -> QuerySet[ReplyTemplate]:
    """Common templates and those of lines the account knows; nobody's personal ones."""
    usable = Q(queue=None) | Q(queue__in=lines_of(account).values("pk"))
    return ReplyTemplate.objects.filter(usable, owner=None).select_related("folder")


class TagList(ListView):
    scopes = {"GET": READ}
    page_order = "pk"
    queryset = Tag.objects.all()
    serializer_class = s.TagOutput
    filterset_class = filters.TagFilter

    @operation(
        "list_tags",
        tag="Organisation",
        summary="List tags",
        answer=s.TagOutput(many=True),
        received=examples.TAG,
    )
    def get(self, request: Request) -> Response:
        return self.listed()


class BreakReasonList(ListView):
    scopes = {"GET": READ}
    page_order = "pk"
    queryset = BreakReason.objects.all()
    serializer_class = s.BreakReasonOutput
    filterset_class = filters.BreakReasonFilter

    @operation(
        "list_break_reasons",
        tag="Organisation",
        summary="List reasons for a break",
        answer=s.BreakReasonOutput(many=True),
        received=examples.BREAK_REASON,
    )
    def get(self, request: Request) -> Response:
        return self.listed()
