"""Our AdminSite: Django's own admin with our skin and an index grouped by task."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class OtklikAdminSite(AdminSite):
    site_header = "Otklik"
    site_title = "Otklik"
    index_title = _("Back office")
