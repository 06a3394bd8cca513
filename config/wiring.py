"""Who is told of what: the urls.py of events. Receivers run after the commit, in this order."""

from apps.channels import events as channels
from apps.channels import subscribers as chats
from apps.conversations import events as conversations
from apps.conversations import subscribers as show
from apps.core import letters, staff_sessions
from apps.core.files import events as files
from apps.operators import events as operators
from apps.operators import subscribers as organisation
from apps.routing import events as routing_events
from apps.routing import subscribers as routing

RECEIVERS = {
    files.FileJudged: [show.show_verdict],
    letters.PasswordLetterAsked: [letters.post],
    staff_sessions.StaffSessionsEnded: [staff_sessions.close_screens],
    channels.UpdatesAccepted: [show.understand],
    channels.ChannelChanged: [chats.refresh_chats],
    conversations.ConversationOpened: [show.show_conversation, routing.show_counts],
    conversations.ConversationStarted: [],
    conversations.ConversationMoved: [
        show.show_conversation,
        routing.show_counts,
        routing.show_turn,
        routing.keep_clocks,
        routing.show_load,
        routing.dispatch_after_move,
    ],
    conversations.ConversationIdle: [show.show_conversation, routing.show_load, routing.dispatch_again],
    conversations.ConversationContinued: [show.show_conversation, show.reload_page],
    conversations.ConversationTagged: [show.show_conversation],
    conversations.ConversationRated: [show.show_conversation],
    conversations.ConversationRead: [show.show_marks],
    conversations.MessageReceived: [show.show_message, routing.place, routing.keep_clocks],
    conversations.MessageSent: [show.show_message, routing.keep_clocks],
    conversations.MessageChanged: [show.show_message],
    conversations.DeliveryQueued: [show.send_out],
    conversations.DeliveryChanged: [show.show_message],
    conversations.LetterQueued: [show.post_letters],
    conversations.LetterSent: [],
    conversations.LetterFailed: [],
    conversations.CustomerUnreachable: [],
    conversations.IdentityAppeared: [show.wake_other_tabs],
    conversations.LinkRefused: [],
    conversations.CustomerSignedIn: [routing.rank_customer],
    conversations.CustomerChanged: [routing.rank_customer],
    conversations.CustomerActed: [routing.rank_customer],
    conversations.CustomersMerged: [show.reload_customer, routing.rank_customer, routing.move_leads],
    conversations.MergeUndone: [show.reload_customer, routing.rank_both, routing.move_leads],
    operators.PresenceChanged: [
        organisation.show_presence,
        routing.dispatch_to_present,
        routing.let_go,
    ],
    operators.PresenceNoted: [organisation.show_presence],
    operators.QueueChanged: [
        organisation.show_catalogue,
        routing.follow_line,
        routing.publish_lines,
        routing.refresh_chats,
    ],
    operators.StaffRightsChanged: [organisation.close_screens, routing.dispatch_again],
    operators.TextsChanged: [organisation.show_catalogue, routing.repaint_chats, routing.publish_work],
    operators.TextsExported: [],
    routing_events.BotGiven: [],
    routing_events.BotLeft: [routing.tell_of_bot],
    routing_events.HandingFailed: [routing.tell_sender],
    routing_events.LeadCreated: [],
    routing_events.LeadChanged: [],
    routing_events.LeadsExported: [],
    routing_events.SilenceStepped: [],
    routing_events.SilenceReached: [],
    routing_events.SilenceNotReached: [],
    routing_events.OfferMade: [routing.show_offer, routing.show_load],
    routing_events.OfferEnded: [routing.take_offer_back, routing.show_load, routing.dispatch_again],
    routing_events.TurnDue: [routing.show_place_in_line],
    routing_events.TurnRaised: [routing.show_place_in_line],
    routing_events.ClockWarned: [routing.show_notices],
    routing_events.ClockBroken: [routing.show_notices],
    routing_events.PolicyRefused: [],
    routing_events.ObligationCreated: [],
    routing_events.ObligationConfirmed: [],
    routing_events.ObligationWaived: [],
    routing_events.ObligationWaiverAsked: [],
    routing_events.ObligationsExported: [],
    routing_events.ConversationEscalated: [],
    routing_events.RankChanged: [routing.show_ranks],
    routing_events.RulesInForce: [routing.rank_waiting],
    routing_events.ViolationFound: [routing.raise_alarm],
    routing_events.ViolationEnded: [],
}
