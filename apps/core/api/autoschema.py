"""How operations are described: with the scope they need, and never by the docstrings of our classes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema


class ScopedSchema(AutoSchema):
    """Adds the scope of the view's method to the words and to the security requirement."""

    def get_description(self) -> str:  # type: ignore[override]  # as the library itself does
        return ""

    def get_auth(self) -> list[dict[str, list[str]]]:
        # The base also writes the scheme itself into the components.
        return [{name: [self._scope] for name in each} for each in super().get_auth()]

    def get_operation(self, *args: Any, **options: Any) -> dict[str, Any] | None:
        found = super().get_operation(*args, **options)
        if found and self._scope:
            words = found.get("description", "")
            found["description"] = f"{words}\n\nScope: `{self._scope}`.".strip()
        return found

    @property
    def _scope(self) -> str:
        return str(getattr(self.view, "scopes", {}).get(self.method, ""))
