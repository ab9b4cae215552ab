"""A client of the exchange, from the .proto files alone. cbm_client.py is its command line."""
