"""Addresses of sockets."""

from channels.routing import URLRouter
from django.urls import path

from apps.channels.consumers import CustomerSocket
from apps.operators.consumers import OperatorSocket

router = URLRouter(
    [
        path("ws/customer/", CustomerSocket.as_asgi()),
        path("ws/operator/", OperatorSocket.as_asgi()),
    ]
)
