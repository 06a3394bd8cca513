"""Forms of an account: signing in is by password here, so nothing is said of other ways."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    ReadOnlyPasswordHashField,
    ReadOnlyPasswordHashWidget,
    UserChangeForm,
    UserCreationForm,
)
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.models import User


class PasswordMark(ReadOnlyPasswordHashWidget):
    """Whether there is a password; of its hash nothing is shown."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        is_set = User(password=value or "").has_usable_password() and bool(value)
        said = _("A password is set.") if is_set else _("No password: nobody can sign in with this name.")
        return {**context, "summary": [{"label": said}]}


class AccountForm(UserChangeForm):
    password = ReadOnlyPasswordHashField(label=gettext_lazy("Password"), widget=PasswordMark)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "password" in self.fields:
            self.fields["password"].help_text = ""


class NewAccountForm(UserCreationForm):
    """A name and a password; whoever is to have none is an integration, which the page of tokens makes."""

    class Meta(UserCreationForm.Meta):
        model = User


class PasswordForm(AdminPasswordChangeForm):
    """A new password for somebody else. An account is shut by switching it off, not by taking its password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)
        for name in ("password1", "password2"):
            self.fields[name].required = True

    def clean(self) -> Any:
        cleaned = super().clean()
        self.cleaned_data["set_usable_password"] = True
        return cleaned
