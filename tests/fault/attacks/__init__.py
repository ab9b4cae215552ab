"""What a client can do to the exchange that means it harm, and what came of it."""
