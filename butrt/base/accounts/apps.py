from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "butrt.base.accounts"
    label = "accounts"
    verbose_name = "comptes"

    def ready(self) -> None:
        # What listens: a session's beginning, wrong passwords, the housekeeping; and a check of the settings.
        from butrt.base.accounts import checks, confirming, sessions, trail
        from butrt.base.accounts.outside import checks as outside_checks
        from butrt.base.accounts.outside import tickets
        from butrt.base.accounts.own import addresses, limits, opened

        del addresses, checks, confirming, limits, opened, outside_checks, sessions, tickets, trail
