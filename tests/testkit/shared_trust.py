"""One set of trusted authorities for all the clients that a test process opens.

httpx reads the keys of all authorities that may sign certificates for each client it makes, even
where nothing is encrypted: 45 milliseconds of work, and hundreds of tests make a client.
"""

import functools
import os

from httpx._transports import default

_create = default.create_ssl_context


def share_trust():
    """Have httpx read the usual authorities once, wherever the environment says they are."""
    default.create_ssl_context = create_ssl_context


def create_ssl_context(verify=True, cert=None, trust_env=True):
    """Create a context as httpx does; what is trusted without being told apart, only once."""
    if verify is not True or cert is not None:
        return _create(verify, cert, trust_env)
    return _trusted(trust_env, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache
def _trusted(trust_env, file, folder):
    return _create(verify=True, trust_env=trust_env)
