"""The workspace's page and what it asks for without the socket."""

from django.urls import path

from apps.operators import views

app_name = "workspace"
urlpatterns = [
    path("", views.workspace, name="index"),
    path("ticket/", views.ticket, name="ticket"),
    path("language/", views.language, name="language"),
    path("back/", views.back, name="back"),
]
