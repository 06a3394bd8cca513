"""Addresses of customers, conversations, messages and files."""

from django.urls import path

from apps.conversations.api import customer_views as customers
from apps.conversations.api import file_views as files
from apps.conversations.api import views

_ONE = "conversations/<int:conversation_id>/"

urlpatterns = [
    path("conversations/", views.ConversationList.as_view(), name="api_conversations"),
    path(_ONE, views.ConversationDetail.as_view(), name="api_conversation"),
    path(f"{_ONE}tags/", views.ConversationTags.as_view(), name="api_conversation_tags"),
    path(f"{_ONE}messages/", views.MessageList.as_view(), name="api_messages"),
    path(f"{_ONE}messages/<int:message_id>/", views.MessageDetail.as_view(), name="api_message"),
    path("messages/", views.MessageSearch.as_view(), name="api_message_search"),
    path("deliveries/", views.DeliveryList.as_view(), name="api_deliveries"),
    path("deliveries/<int:delivery_id>/", views.DeliveryDetail.as_view(), name="api_delivery"),
    path("ratings/", views.RatingList.as_view(), name="api_ratings"),
    path("customers/", customers.CustomerList.as_view(), name="api_customers"),
    path("customers/<int:customer_id>/", customers.CustomerDetail.as_view(), name="api_customer"),
    path(
        "customers/<int:customer_id>/events/",
        customers.CustomerEvents.as_view(),
        name="api_customer_events",
    ),
    path("identities/", customers.IdentityList.as_view(), name="api_identities"),
    path("identities/<int:identity_id>/", customers.IdentityDetail.as_view(), name="api_identity"),
    path("attachments/", files.Attachments.as_view(), name="api_attachments"),
    path("attachments/<uuid:file_id>/", files.AttachmentDetail.as_view(), name="api_attachment"),
    path(
        "attachments/<uuid:file_id>/content/",
        files.AttachmentContent.as_view(),
        name="api_attachment_content",
    ),
]
