"""The workspace's page and its ticket."""

from django.urls import path

from apps.operators import views

app_name = "workspace"
urlpatterns = [
    path("", views.workspace, name="index"),
    path("ticket/", views.ticket, name="ticket"),
]
