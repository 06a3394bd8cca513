"""Addresses of pages and of REST."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from apps.core import views as core

handler400 = "apps.core.error_pages.bad_request"
handler403 = "apps.core.error_pages.forbidden"
handler404 = "apps.core.error_pages.not_found"
handler500 = "apps.core.error_pages.broken"

urlpatterns = [
    path("livez", core.livez, name="livez"),
    path("readyz", core.readyz, name="readyz"),
    path("csp-report/", core.csp_report, name="csp_report"),
    path("language/", set_language, name="set_language"),
    path("api/v1/", include("config.api")),
    path("accounts/", include("config.account_urls")),
    path("admin/", admin.site.urls),
    path("", include("apps.conversations.urls")),
    path("workspace/", include("apps.operators.urls")),
    path("", include("apps.channels.urls")),
]
if settings.DEMO_SITE:
    urlpatterns.append(path("", include("config.demo.urls")))
