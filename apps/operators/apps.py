from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperatorsConfig(AppConfig):
    name = "apps.operators"
    verbose_name = _("Staff and texts")

    def ready(self) -> None:
        from apps.operators import sign_in  # noqa: F401 - hears allauth
