"""Which frame is handled where: the urls.py of sockets. A type that is not listed for a surface is unknown there."""

from apps.channels.frames import HelloFrame
from apps.conversations.frames import customer as customer_messages
from apps.conversations.frames import declared as messages
from apps.conversations.frames import operator as operator_messages
from apps.conversations.pushed import (
    ConversationFrame,
    HeldFrame,
    MarksFrame,
    MessageFrame,
    RevFrame,
    RowFrame,
    TypingFrame,
)
from apps.core.frames import DoneFrame, ErrorFrame, PingFrame, ResyncFrame, pong
from apps.operators import frames as operators
from apps.routing.frames import customer as customer_routing
from apps.routing.frames import declared as routing
from apps.routing.frames import operator as operator_routing

FRAMES = {
    "customer": {
        HelloFrame: customer_routing.welcome,
        messages.IdentifyFrame: customer_messages.identify,
        messages.LogoutFrame: customer_messages.logout,
        messages.PageFrame: customer_messages.page,
        messages.ActFrame: customer_messages.act,
        messages.CustomerSendFrame: customer_messages.send,
        messages.EditFrame: customer_messages.edit,
        messages.DeleteFrame: customer_messages.delete,
        messages.ReadFrame: customer_messages.read,
        messages.DeliveredFrame: customer_messages.delivered,
        messages.TypingNowFrame: customer_messages.typing,
        messages.CatchUpFrame: customer_messages.catch_up,
        messages.HistoryFrame: customer_messages.history,
        messages.SearchFrame: customer_messages.search,
        messages.RateFrame: customer_messages.rate,
        messages.LeaveEmailFrame: customer_messages.leave_email,
        routing.CloseFrame: customer_routing.close,
        routing.LeaveContactFrame: customer_routing.leave_contact,
        routing.ContinueFrame: customer_routing.continue_in,
        PingFrame: pong,
    },
    "operator": {
        operators.OperatorHelloFrame: operator_routing.welcome,
        operators.PresenceFrame: operators.set_presence,
        operators.ActiveFrame: operators.active,
        operators.CatalogueFrame: operators.catalogue,
        routing.CountsFrame: operator_routing.counts,
        routing.ListFrame: operator_routing.list_section,
        routing.RowsFrame: operator_routing.rows,
        routing.ColleaguesFrame: operator_routing.colleagues,
        routing.AcceptFrame: operator_routing.accept,
        routing.AnswerFrame: operator_routing.answer,
        routing.TakeNextFrame: operator_routing.take_next,
        routing.DeclineFrame: operator_routing.decline,
        routing.MeFrame: operator_routing.me_again,
        routing.ReadyFrame: operator_routing.ready,
        routing.WhyFrame: operator_routing.why,
        routing.TakeOverFrame: operator_routing.take_over,
        routing.TransferFrame: operator_routing.transfer,
        routing.BotsFrame: operator_routing.bots,
        routing.ReturnFrame: operator_routing.return_to_line,
        routing.SnoozeFrame: operator_routing.snooze,
        routing.CloseFrame: operator_routing.close,
        messages.OpenFrame: operator_messages.open_conversation,
        messages.LeaveFrame: operator_messages.leave,
        messages.OlderFrame: operator_messages.older,
        messages.CatchUpFrame: operator_messages.catch_up,
        messages.OperatorSendFrame: operator_messages.send,
        messages.EditFrame: operator_messages.edit,
        messages.DeleteFrame: operator_messages.delete,
        messages.ReadFrame: operator_messages.read,
        messages.StaffTypingFrame: operator_messages.typing,
        messages.RetryFrame: operator_messages.retry,
        messages.ResendLetterFrame: operator_messages.resend_letter,
        messages.DraftFrame: operator_messages.draft,
        messages.TagFrame: operator_messages.tag,
        messages.CardFrame: operator_messages.card,
        messages.SearchFrame: operator_messages.search,
        PingFrame: pong,
    },
}

# What the server sends of itself, by surface; answers are found at the handlers.
PUSHED = {
    "customer": [
        MessageFrame,
        RevFrame,
        MarksFrame,
        ConversationFrame,
        routing.WaitingFrame,
        TypingFrame,
        ResyncFrame,
        ErrorFrame,
        DoneFrame,
    ],
    "operator": [
        MessageFrame,
        MarksFrame,
        RowFrame,
        HeldFrame,
        routing.LineFrame,
        routing.OfferFrame,
        routing.OfferEndedFrame,
        routing.PromiseNoticeFrame,
        routing.HandingFailedFrame,
        routing.LoadFrame,
        TypingFrame,
        operators.PresenceChangedFrame,
        operators.CatalogueChangedFrame,
        ResyncFrame,
        ErrorFrame,
        DoneFrame,
    ],
}
