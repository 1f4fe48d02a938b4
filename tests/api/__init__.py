"""The door over HTTP and sockets, tried from outside with real connections."""
