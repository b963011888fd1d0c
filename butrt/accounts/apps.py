from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "butrt.accounts"
    label = "accounts"
    verbose_name = "comptes"
