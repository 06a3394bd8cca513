"""What replay and benches share: a cheap websocket client, the CPU of a server's processes, percentiles."""
