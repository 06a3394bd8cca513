"""Addresses of the demo bank's site."""

from django.urls import path

from config.demo import views

urlpatterns = [
    path("", views.home, name="site"),
    path("demo/sign-in/", views.sign_in, name="site_sign_in"),
    path("demo/sign-out/", views.sign_out, name="site_sign_out"),
    path("demo/token/", views.token, name="site_token"),
]
