"""Addresses of handing conversations on."""

from django.urls import path

from apps.routing.api import views

urlpatterns = [
    path("conversations/<int:conversation_id>/transfer/", views.Transfer.as_view(), name="api_transfer"),
    path("conversations/<int:conversation_id>/close/", views.Close.as_view(), name="api_close"),
    path("assignments/", views.AssignmentList.as_view(), name="api_assignments"),
]
