from serving import client, lasting, lasting_url

__all__ = ["client", "lasting", "lasting_url"]
