"""The frames this app owns: declarations, and the handlers of the customer's and the operator's."""
