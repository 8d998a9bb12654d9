from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from .checks import refuse_unsafe_settings  # noqa: PLC0415  # models are there now

        refuse_unsafe_settings()
