"""What a password has to be, beyond what Django's own validators ask."""

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .models import User


class ClassesValidator:
    """At least so many of four kinds: capital, small letter, figure, anything else."""

    def __init__(self, least: int) -> None:
        self.least = least

    def validate(self, password: str, user: User | None = None) -> None:
        kinds = (
            str.isupper,
            str.islower,
            str.isdecimal,
            lambda letter: not letter.isalnum(),
        )
        if sum(any(map(kind, password)) for kind in kinds) < self.least:
            raise ValidationError(self.get_help_text(), code="password_too_uniform")

    def get_help_text(self) -> str:
        return _(
            "Your password must contain at least %(least)d of these four: capital"
            " letters, small letters, figures, other characters."
        ) % {"least": self.least}


class HistoryValidator:
    """None of the last so many passwords, the present one included."""

    def __init__(self, last: int) -> None:
        self.last = last

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        former = user.former_passwords.values_list("hash", flat=True)
        for hashed in [user.password, *former[: self.last - 1]][: self.last]:
            if check_password(password, hashed):
                raise ValidationError(self.get_help_text(), code="password_was_used")

    def get_help_text(self) -> str:
        return _("Your password must not be one of your last %(last)d.") % {
            "last": self.last
        }
