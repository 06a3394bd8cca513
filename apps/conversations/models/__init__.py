"""Public face of the models. Imports run one way: customers < conversations < messages < what belongs to them."""

from apps.conversations.models.conversations import (
    CloseReason,
    Conversation,
    ConversationTag,
    Draft,
    Rating,
    State,
)
from apps.conversations.models.customers import Customer, Identity, Merge, Verification
from apps.conversations.models.deliveries import Delivery, DeliveryAttempt
from apps.conversations.models.letters import GivenEmail, Letter, LetterText, UnreadAnswer
from apps.conversations.models.links import ContinueLink
from apps.conversations.models.messages import (
    IN_PASSING,
    Attachment,
    AuthorKind,
    Message,
    MessageKind,
    MessageVersion,
)
from apps.conversations.models.rights import Grant, Participant, Right, Role, Scope

__all__ = [
    "IN_PASSING",
    "Attachment",
    "AuthorKind",
    "CloseReason",
    "ContinueLink",
    "Conversation",
    "ConversationTag",
    "Customer",
    "Delivery",
    "DeliveryAttempt",
    "Draft",
    "GivenEmail",
    "Grant",
    "Identity",
    "Letter",
    "LetterText",
    "Merge",
    "Message",
    "MessageKind",
    "MessageVersion",
    "Participant",
    "Rating",
    "Right",
    "Role",
    "Scope",
    "State",
    "UnreadAnswer",
    "Verification",
]
