"""Addresses of the organisation."""

from django.urls import path

from apps.operators.api import views

urlpatterns = [
    path("queues/", views.QueueList.as_view(), name="api_queues"),
    path("queues/<int:queue_id>/", views.QueueDetail.as_view(), name="api_queue"),
    path("operators/", views.OperatorList.as_view(), name="api_operators"),
    path("operators/<int:operator_id>/", views.OperatorDetail.as_view(), name="api_operator"),
    path("operators/<int:operator_id>/presence/", views.PresenceDetail.as_view(), name="api_presence"),
    path("templates/", views.TemplateList.as_view(), name="api_templates"),
    path("templates/<int:template_id>/", views.TemplateDetail.as_view(), name="api_template"),
    path("tags/", views.TagList.as_view(), name="api_tags"),
    path("break-reasons/", views.BreakReasonList.as_view(), name="api_break_reasons"),
]
