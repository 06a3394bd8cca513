"""Addresses of handing conversations on."""

from django.urls import path

from apps.routing.api import lead_views, obligations, outside_views, views, watchdog_views

urlpatterns = [
    path("conversations/<int:conversation_id>/transfer/", views.Transfer.as_view(), name="api_transfer"),
    path("conversations/<int:conversation_id>/close/", views.Close.as_view(), name="api_close"),
    path("conversations/<int:conversation_id>/accept/", outside_views.Accept.as_view(), name="api_accept"),
    path("conversations/<int:conversation_id>/decline/", outside_views.Decline.as_view(), name="api_decline"),
    path("conversations/<int:conversation_id>/return/", outside_views.Return.as_view(), name="api_return"),
    path("watchdog/", watchdog_views.Watchdog.as_view(), name="api_watchdog"),
    path("assignments/", views.AssignmentList.as_view(), name="api_assignments"),
    path("obligations/", obligations.ObligationList.as_view(), name="api_obligations"),
    path("leads/", lead_views.LeadList.as_view(), name="api_leads"),
    path("leads/<int:lead_id>/", lead_views.LeadOne.as_view(), name="api_lead"),
]
