"""The ground floor: people, the event log, files, the bus and sockets. Knows no business word."""
