"""The form of an operator: with his account when he is new."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core.backoffice.base import LabelledFormSet
from apps.core.backoffice.pictures import PictureField
from apps.core.models import User
from apps.operators import reach
from apps.operators.models import Operator
from apps.operators.services import staffing


class OperatorForm(forms.ModelForm):
    """``giver`` is who fills it in: he gives groups that are his to give."""

    giver: ClassVar[Any] = None

    upload = PictureField(label=_("New picture"), uploaded_by="operator")
    without_picture = forms.BooleanField(label=_("Show no picture"), required=False)
    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("Somebody who has an account already: his sign-in name, without a password."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.none(), label=_("Groups"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Operator
        fields = ("public_name", "title", "capacity", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("username", "language", "groups"):
                self.fields.pop(name, None)
        elif "groups" in self.fields:
            given = reach.groups_to_give()
            groups: Any = self.fields["groups"]
            groups.queryset = Group.objects.all() if self._gives_all() else given
            groups.initial = list(given.values_list("pk", flat=True))

    def _gives_all(self) -> bool:
        return reach.has_all_lines(self.giver) and bool(self.giver.has_perm("core.change_user"))

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        self._existing = User.objects.filter(username=name).first()
        if self._existing is None:
            return name
        taken = Operator.objects.filter(pk=self._existing.pk).exists() or self._existing.is_service
        if taken or not self._gives_all():
            raise ValidationError(_("This sign-in name is taken."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if password := cleaned.get("password"):
            try:
                validate_password(password, self.instance.user if self.instance.pk else None)
            except ValidationError as error:
                self.add_error("password", error)
        elif not self.instance.pk and getattr(self, "_existing", None) is None and "username" in cleaned:
            self.add_error("password", _("A new account needs a password."))
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own, missing in its stubs
        if picture := self.cleaned_data.get("upload"):
            self.instance.avatar = picture
        elif self.cleaned_data.get("without_picture"):
            self.instance.avatar = None

    def account(self) -> User:
        """The account of a new operator: an existing one that was named, or a new one."""
        values = self.cleaned_data
        if self._existing is not None:
            self._existing.groups.add(*values["groups"])
            return self._existing
        return staffing.make_account(
            username=values["username"],
            password=values["password"],
            display_name=values["public_name"],
            language=values["language"],
            groups=values["groups"],
        )


class MembershipFormSet(LabelledFormSet):
    """``needs_line``: without one of his own lines, the operator would not be the supervisor's to see."""

    needs_line: ClassVar[bool] = False

    def clean(self) -> None:
        super().clean()
        kept = [
            form
            for form in self.forms
            if form.cleaned_data.get("queue") and not form.cleaned_data.get("DELETE")
        ]
        if self.needs_line and not kept:
            raise ValidationError(_("Choose at least one of your lines."))
