"""The frames routing owns: welcoming, lists of the workspace, and what people do with a conversation."""
