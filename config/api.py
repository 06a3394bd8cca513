"""REST, version 1: the addresses of every app, the schema and its page."""

from django.urls import include, path, re_path

from apps.core.api import docs
from apps.core.api.log import EventList

urlpatterns = [
    path("", include("apps.conversations.api.urls")),
    path("", include("apps.routing.api.urls")),
    path("", include("apps.operators.api.urls")),
    path("", include("apps.bots.api.urls")),
    path("events/", EventList.as_view(), name="api_events"),
    path("schema/", docs.SchemaView.as_view(), name="api_schema"),
    path("docs/", docs.DocsView.as_view(), name="api_docs"),
    re_path(r"^.*$", docs.unknown_address),
]
