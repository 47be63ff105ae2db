from serving import client, lasting, lasting_url, serve

__all__ = ["client", "lasting", "lasting_url", "serve"]
