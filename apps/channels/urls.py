"""Doors of the wire: the widget's files, and incoming webhooks."""

from django.urls import path

from apps.channels import views

urlpatterns: list = []
