from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    name = "apps.channels"
    # django-channels owns the label "channels"; tables and permissions carry ours for ever.
    label = "support_channels"
    verbose_name = _("Channels")
