"""Every change of a customer, a conversation or a message is a verb in one of these modules."""
