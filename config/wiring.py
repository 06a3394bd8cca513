"""Who is told of what: the urls.py of events. Receivers run after the commit, in this order."""

from apps.conversations import events as conversations
from apps.conversations import subscribers as show
from apps.operators import events as operators
from apps.operators import subscribers as organisation
from apps.routing import subscribers as routing

RECEIVERS = {
    conversations.ConversationOpened: [show.show_conversation, routing.show_counts],
    conversations.ConversationMoved: [show.show_conversation, routing.show_counts],
    conversations.ConversationTagged: [show.show_conversation],
    conversations.ConversationRated: [show.show_conversation],
    conversations.ConversationRead: [show.show_marks],
    conversations.MessageReceived: [show.show_message, routing.place],
    conversations.MessageSent: [show.show_message],
    conversations.MessageChanged: [show.show_message],
    conversations.DeliveryQueued: [],
    conversations.DeliveryChanged: [],
    conversations.IdentityAppeared: [show.wake_other_tabs],
    conversations.CustomerSignedIn: [],
    conversations.CustomerChanged: [],
    conversations.CustomersMerged: [show.reload_customer],
    conversations.MergeUndone: [show.reload_customer],
    operators.PresenceChanged: [organisation.show_presence],
    operators.QueueChanged: [organisation.show_catalogue],
    operators.StaffRightsChanged: [organisation.close_screens],
    operators.TextsChanged: [organisation.show_catalogue],
}
