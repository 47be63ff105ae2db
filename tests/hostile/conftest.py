from testkit.server_processes import client, lasting, lasting_url, serve

__all__ = ["client", "lasting", "lasting_url", "serve"]
