"""What is asked of people about themselves and their accounts. Nothing here saves."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from . import identity
from .models import User

NAME_LENGTH, USERNAME_LENGTH, PASSWORD_LENGTH = 60, 150, 128
#: A page to set up a second factor is good for so long.
KEY_OFFERED_FOR = timedelta(minutes=30)


def _username(**attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=_("User name"),
        max_length=USERNAME_LENGTH,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", **attrs}
        ),
    )


def _password(label: Any, autocomplete: str, **given: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        **given,
    )


def _code(label: Any, **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=identity.CODE_LENGTH,
        validators=[
            RegexValidator(r"^[0-9]{6}$", _("A code is six figures."), code="no_code")
        ],
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", **attrs}
        ),
    )


class SignInForm(forms.Form):
    username = _username(autocomplete="username")
    password = _password(_("Password"), "current-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = "password" if self.is_bound or self.initial else "username"
        self.fields[first].widget.attrs["autofocus"] = True


class ConfirmsIdentity(forms.Form):
    """An act for which the person shows once more who they are.

    Password or code are asked for unless they were entered a short while ago, and are
    checked only when all the rest is right: a code holds once.
    """

    #: Ask even if they were.
    always_asks = False

    proof = _password(
        _("Your password"),
        "current-password",
        help_text=_("Or the six figures of your second factor."),
    )

    def __init__(
        self, *args: Any, request: HttpRequest, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.at = at
        proof = self.fields.pop("proof")
        if isinstance(request.user, User) and not request.user.second_factor:
            proof.help_text = ""
        if self.always_asks or not identity.is_confirmed(request, at=at):
            self.fields["proof"] = proof  # the last one

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        proof = cleaned.pop("proof", None)
        if (
            "proof" in self.fields
            and not self.errors
            and not identity.confirm(self.request, proof or "", at=self.at)
        ):
            self.add_error(
                "proof", ValidationError(_("This is not right."), code="unconfirmed")
            )
        return cleaned


def _what_is_asked_of_a_password() -> str:
    return " ".join(password_validation.password_validators_help_texts())


class PasswordForm(ConfirmsIdentity):
    """Asks for the password a person wants to have from now on."""

    always_asks = True

    new = _password(
        _("New password"),
        "new-password",
        help_text=lazy(_what_is_asked_of_a_password, str)(),
    )
    again = _password(_("New password once more"), "new-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["proof"].label = _("Present password")
        self.order_fields(["proof", "new", "again"])

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new", again):
            raise ValidationError(_("The two are not the same."), code="mismatch")
        return again

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        password_validation.validate_password(new, self.request.user)  # type: ignore[arg-type]
        return new


class CodeForm(forms.Form):
    """Asks for a code of the second factor."""

    code = _code(_("Code"), autofocus=True)


class SecondFactorForm(ConfirmsIdentity):
    """Offers a key, and asks for the code that the person's device makes of it.

    Nothing is stored before the code is right: the key travels with the page, signed.
    """

    offer = forms.CharField(required=False, widget=forms.HiddenInput)
    code = _code(_("Code that the app shows"), autocomplete="off")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.second_factor:  # who has none yet has just come in by password
            self.fields.pop("proof", None)
        self.key = self._offered() or default_key()

    def _offered(self) -> str:
        """Return the key that the page was made with; "" if it was not, or long ago."""
        try:
            offer = signing.loads(
                self.data.get("offer", ""), salt=__name__, max_age=KEY_OFFERED_FOR
            )
        except signing.BadSignature:
            return ""
        return str(offer["key"]) if offer["user"] == self.user.pk else ""

    @property
    def offered(self) -> str:
        """What the page carries: the key that it shows, signed."""
        return signing.dumps({"user": self.user.pk, "key": self.key}, salt=__name__)

    @property
    def device(self) -> TOTPDevice:
        """The device as it would be; not stored."""
        return TOTPDevice(user=self.user, key=self.key)

    def clean_offer(self) -> str:
        if not self._offered():
            raise ValidationError(
                _("This page had been open for too long. Here is a new key."),
                code="offer_is_over",
            )
        return self.key

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            totp = TOTP(self.device.bin_key)
            totp.time = self.at.timestamp()
            if totp.verify(int(cleaned["code"]), tolerance=1):
                cleaned["step"] = totp.t()
            else:
                self.add_error(
                    "code",
                    ValidationError(
                        _("This code does not fit. Is the clock of your device right?"),
                        code="wrong_code",
                    ),
                )
        return cleaned


class PersonForm(ConfirmsIdentity):
    """Asks for an account to be created."""

    username = _username(autocomplete="off")
    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        UnicodeUsernameValidator()(username)
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("This user name is taken."), code="taken")
        return username


class AccountActForm(ConfirmsIdentity):
    """Asks for something to be done to an account, and why."""

    note = forms.CharField(label=_("Reason"), max_length=200)


class AcknowledgeAllForm(forms.Form):
    """Says which message was the newest on the page that is read."""

    up_to = forms.IntegerField(
        min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )


class MailForm(forms.Form):
    """Asks where a person wants their reminders mailed to."""

    address = forms.EmailField(
        label=_("Mail address"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("Leave it empty to be reminded in the program alone."),
    )
