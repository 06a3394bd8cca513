"""One module per kind of channel. See base.py for the contract."""
