from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from butrt.base.french import size

if TYPE_CHECKING:
    from butrt.base.documents.signing import Signer


LARGEST = 64 * 1024  # a .p12 with its chain is a few thousand bytes


class SignForm(forms.Form):
    """With which certificate to sign: the one that the site keeps, or one’s own, kept nowhere."""

    source = forms.ChoiceField(label="Certificat", widget=forms.RadioSelect)
    file = forms.FileField(
        label="Votre fichier .p12 ou .pfx",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".p12,.pfx,application/x-pkcs12"}),
    )
    passphrase = forms.CharField(
        label="Son mot de passe",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    seal = forms.BooleanField(
        label="Apposer aussitôt le cachet de l’établissement, sans retour possible",
        required=False,
        help_text="Vous signez en dernier. Le cachet clôt cette version : plus personne ne la signe, rien ne "
        "s’y change, et seule une correction du jury en ferait une autre. Sans cette coche, votre signature "
        "est apposée, et la présidence ou le secrétariat apposera le cachet.",
    )

    def __init__(self, *args: Any, kept: Signer | None, last: bool = False, **kwargs: Any) -> None:
        """`last`: whether everybody else has signed."""

        from butrt.base.documents.signing import without_mention

        super().__init__(*args, **kwargs)
        if not last:
            del self.fields["seal"]
        choices = [("own", "le mien, dans un fichier (.p12) que je donne maintenant")]
        if kept is not None:
            end = kept.certificate.not_valid_after
            name = without_mention(kept.name) + (", certificat d’essai" if kept.trial else "")
            choices.insert(0, ("kept", f"celui que le site garde : {name}, valable jusqu’au {end:%d/%m/%Y}"))
        self.fields["source"].choices = choices  # type: ignore[attr-defined]
        self.fields["source"].initial = choices[0][0]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("source") == "own":
            data["own"] = self._own(data)
        return data

    def _own(self, data: dict[str, Any]) -> Signer | None:
        from butrt.base.documents.signing import SigningRefused, signer_from_pkcs12

        file = data.get("file")
        if file is None:
            if "file" not in self.errors:
                self.add_error("file", f"Donner le fichier de votre certificat ({size(LARGEST)} au plus).")
            return None
        if file.size > LARGEST:
            self.add_error("file", f"Ce fichier est trop grand pour un certificat ({size(LARGEST)} au plus).")
            return None
        try:
            return signer_from_pkcs12(file.read(), data.get("passphrase") or "")
        except SigningRefused as refusal:
            self.add_error("file", str(refusal))
            return None

    @property
    def seals(self) -> bool:
        """Whether the last one to sign also seals, once valid."""
        return bool(self.cleaned_data.get("seal"))

    @property
    def own(self) -> Signer | None:
        """The person's own certificate, once valid; None: the site's."""
        return self.cleaned_data.get("own")


class SealForm(forms.Form):
    """Nobody seals by mistake: who does says that they know what it ends."""

    confirmed = forms.BooleanField(
        label="Je le sais et j’appose le cachet",
        error_messages={"required": "Cocher que vous savez ce que le cachet clôt : il ne se retire pas."},
    )
