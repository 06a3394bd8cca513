"""Addresses of bots."""

from django.urls import path

from apps.bots.api import views

urlpatterns = [path("bots/", views.BotList.as_view(), name="api_bots")]
