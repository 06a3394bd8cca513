"""Django's admin with our AdminSite in place of its own."""

from django.contrib.admin.apps import AdminConfig


class OtklikAdminConfig(AdminConfig):
    default_site = "apps.core.admin_site.OtklikAdminSite"
