"""Doors of the wire: the widget's files, and incoming webhooks."""

from django.urls import path

from apps.channels import views, webhooks

urlpatterns = [
    path("widget.js", views.loader, name="widget_loader"),
    path("widget/<str:version>.js", views.loader_release, name="widget_loader_release"),
    path("widget/<str:public_key>/", views.frame, name="widget_frame"),
    path("hooks/<str:public_key>/", webhooks.receive_webhook, name="webhook"),
]
