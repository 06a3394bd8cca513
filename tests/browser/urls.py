"""The product's addresses with the demo bank's site, which tests leave out otherwise."""

from django.urls import include, path

from config.urls import urlpatterns as product

urlpatterns = [*product, path("", include("config.demo.urls"))]
