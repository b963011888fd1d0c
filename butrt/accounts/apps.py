from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "butrt.accounts"
    label = "accounts"
    verbose_name = "comptes"

    def ready(self) -> None:
        from butrt.accounts import confirming  # noqa: F401 (its receiver)
