"""What tokens of integrations may be allowed: name -> words for the form. Views name what they need."""

from django.utils.translation import gettext_lazy as _

SCOPES = {
    "conversations:read": _("read conversations, messages, deliveries, assignments and ratings"),
    "conversations:write": _("start, answer, transfer, close and tag conversations"),
    "obligations:read": _("read what is owed to customers for broken promises"),
    "customers:read": _("read customers and their addresses"),
    "customers:write": _("create and describe customers, report what they did"),
    "files:read": _("download files of conversations"),
    "files:write": _("upload files"),
    "leads:read": _("read leads: contacts that customers left"),
    "leads:write": _("change the state and owner of leads"),
    "organisation:read": _("read lines, operators, their presence, bots, tags and templates"),
    "presence:write": _("set the presence of operators"),
    "watchdog:read": _("read what the watchdog sees"),
    "events:read": _("follow the event log"),
}
