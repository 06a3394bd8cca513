"""Kinds and subjects of the log as the journal words them; integrations know them by their codes (docs/api.md)."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

KINDS: dict[str, str | Promise] = {
    "bot.given": pgettext_lazy("event", "bot: handed a conversation"),
    "bot.left": pgettext_lazy("event", "bot: has a conversation no longer"),
    "channel.changed": pgettext_lazy("event", "channel: settings changed"),
    "clock.broken": pgettext_lazy("event", "promise: broken"),
    "clock.warned": pgettext_lazy("event", "promise: time is nearly up"),
    "conversation.continued": pgettext_lazy("event", "conversation: goes on in another channel"),
    "conversation.escalated": pgettext_lazy("event", "conversation: escalated by a rule"),
    "conversation.idle": pgettext_lazy("event", "conversation: fell silent or speaks again"),
    "conversation.moved": pgettext_lazy("event", "conversation: state, line or holder changed"),
    "conversation.opened": pgettext_lazy("event", "conversation: opened"),
    "conversation.ranked": pgettext_lazy("event", "conversation: another place in its line"),
    "conversation.rated": pgettext_lazy("event", "conversation: rated"),
    "conversation.read": pgettext_lazy("event", "conversation: read"),
    "conversation.started_for_customer": pgettext_lazy(
        "event", "conversation: begun by an integration for a customer"
    ),
    "conversation.tagged": pgettext_lazy("event", "conversation: tags changed"),
    "conversation.unreachable": pgettext_lazy(
        "event", "conversation: answered, and its customer out of reach"
    ),
    "customer.acted": pgettext_lazy("event", "customer: did something at the bank"),
    "customer.changed": pgettext_lazy("event", "customer: described anew"),
    "customer.merge_undone": pgettext_lazy("event", "customer: merge undone"),
    "customer.merged": pgettext_lazy("event", "customer: merged"),
    "customer.signed_in": pgettext_lazy("event", "customer: signed in"),
    "delivery.changed": pgettext_lazy("event", "delivery: state changed"),
    "delivery.queued": pgettext_lazy("event", "delivery: waits to be sent"),
    "file.judged": pgettext_lazy("event", "file: looked through"),
    "handing.failed": pgettext_lazy("event", "conversation: a colleague did not take it"),
    "identity.appeared": pgettext_lazy("event", "customer: new address"),
    "lead.changed": pgettext_lazy("event", "lead: state, owner or request changed"),
    "lead.created": pgettext_lazy("event", "lead: a contact was left"),
    "leads.exported": pgettext_lazy("event", "leads: taken away as a file"),
    "letter.failed": pgettext_lazy("event", "letter: did not leave, or perhaps not"),
    "letter.queued": pgettext_lazy("event", "letter: to go to a customer who left"),
    "letter.sent": pgettext_lazy("event", "letter: sent"),
    "link.refused": pgettext_lazy("event", "customer: came by a link of a chat in vain"),
    "message.changed": pgettext_lazy("event", "message: edited or deleted"),
    "message.received": pgettext_lazy("event", "message: from a customer"),
    "message.sent": pgettext_lazy("event", "message: from staff or the system"),
    "obligation.confirmed": pgettext_lazy("event", "obligation: confirmed"),
    "obligation.created": pgettext_lazy("event", "obligation: owed for a broken promise"),
    "obligation.waived": pgettext_lazy("event", "obligation: waived"),
    "obligation.waiver_asked": pgettext_lazy("event", "obligation: a second person asked to waive it"),
    "obligations.exported": pgettext_lazy("event", "obligations: taken away as a file"),
    "offer.ended": pgettext_lazy("event", "offer: declined, missed or withdrawn"),
    "offer.made": pgettext_lazy("event", "offer: made to an operator"),
    "policy.refused": pgettext_lazy("event", "promise: what should follow was not possible"),
    "presence.changed": pgettext_lazy("event", "operator: presence changed"),
    "presence.noted": pgettext_lazy("event", "operator: told about his presence"),
    "queue.changed": pgettext_lazy("event", "line: settings or members changed"),
    "rules.in_force": pgettext_lazy("event", "rules: a version began to work"),
    "silence.not_reached": pgettext_lazy("event", "conversation: no other channel to remind by"),
    "silence.reached": pgettext_lazy("event", "conversation: reminded by another channel"),
    "silence.stepped": pgettext_lazy("event", "conversation: a step against silence"),
    "staff.password_letter_asked": pgettext_lazy("event", "account: letter for a new password asked"),
    "staff.rights_changed": pgettext_lazy("event", "account: rights changed"),
    "staff.sessions_ended": pgettext_lazy("event", "account: signed out elsewhere"),
    "texts.changed": pgettext_lazy("event", "texts: changed"),
    "texts.exported": pgettext_lazy("event", "texts: taken away as a file"),
    "turn.due": pgettext_lazy("event", "line: nearest deadline changed"),
    "turn.raised": pgettext_lazy("event", "line: raised by a rule"),
    "watchdog.ended": pgettext_lazy("event", "watchdog: in order again"),
    "watchdog.violation": pgettext_lazy("event", "watchdog: something got stuck"),
    "updates.accepted": pgettext_lazy("event", "channel: incoming request accepted"),
}
SUBJECTS: dict[str, str | Promise] = {
    "catalogue": pgettext_lazy("subject", "texts"),
    "channel": pgettext_lazy("subject", "channel"),
    "conversation": pgettext_lazy("subject", "conversation"),
    "customer": pgettext_lazy("subject", "customer"),
    "file": pgettext_lazy("subject", "file"),
    "lead": pgettext_lazy("subject", "lead"),
    "operator": pgettext_lazy("subject", "operator"),
    "queue": pgettext_lazy("subject", "line"),
    "rules": pgettext_lazy("subject", "rules"),
    "user": pgettext_lazy("subject", "account"),
    "violation": pgettext_lazy("subject", "violation"),
}


def kind_words(kind: str) -> str:
    """A kind in words; of one without words, its code."""
    return str(KINDS.get(kind, kind))
