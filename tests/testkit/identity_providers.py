"""An identity provider on a real port, which keeps to its word, or lies as a test wants it to."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "lifecycle", "a secret: of 100%"
ANN = {"sub": "auth0|ann", "name": "Ann Martin", "groups": ["docs", "everybody"]}
KEY_BITS = 2048


class Provider:
    """What it says can be changed: ``claims``, the ``sign`` function, any ``documents``."""

    def __init__(self, address, clock):
        self.address, self.clock = address, clock
        self.key = usual_key()
        self.keys = [self.key]
        self.claims, self.sign = dict(ANN), self.signed
        self.documents, self.flows, self.asked = {}, {}, []

    def authorize(self, address, **lies):
        """Answer a browser that was led to ``address``: return the address that it is led back to.

        ``lies`` take the place of what the answer should hold; None leaves a part of it out.
        """
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) >= 43 <= len(asked["nonce"])
        code = secrets.token_urlsafe(8)
        self.flows[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.address, "session_state": "1"}
        answer = {name: value for name, value in (answer | lies).items() if value is not None}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def get(self, path):
        """Return a published document."""
        self.asked.append(path)
        if path in self.documents:
            return 200, self.documents[path]
        if path == "/.well-known/openid-configuration":
            return 200, self.metadata()
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}
        return 404, {}

    def metadata(self):
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize?tenant=1",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }

    def exchange(self, authorization, fields):
        """Give an ID token for a code, once, to who asked for it and can prove that."""
        expected = f"{CLIENT}:{'a+secret%3A+of+100%25'}".encode()
        if authorization != f"Basic {base64.b64encode(expected).decode()}":
            return 401, {"error": "invalid_client"}
        asked = self.flows.pop(fields.get("code"), None)
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or fields["redirect_uri"] != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(self.clock.now.timestamp())
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"]} | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        return 200, {"access_token": "-", "token_type": "Bearer", "id_token": self.sign(claims)}

    def signed(self, claims, key=None, **header):
        key = key or self.key
        header = {"alg": "RS256", "kid": key.kid} | header
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])

    def unsigned(self, claims):
        """Sign with nothing, as ``alg: none`` allows."""
        parts = (json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims))
        return ".".join([*(unpadded(part) for part in parts), ""])

    def signed_with_the_public_key(self, claims):
        """Sign with what everybody knows, as with a secret that both sides share."""
        from joserfc.jwk import OctKey  # noqa: PLC0415 -- here alone

        shared = OctKey.import_key(base64.b64encode(self.key.as_pem(private=False)))
        header = {"alg": "HS256", "kid": self.key.kid}
        return jws.serialize_compact(header, json.dumps(claims), shared, ["HS256"])

    def tampered_with(self, claims):
        """Change what is claimed after it was signed."""
        head, _, signature = self.signed(claims).split(".")
        return ".".join(
            [head, unpadded(json.dumps(claims | {"groups": ["admins"]}).encode()), signature]
        )


def unpadded(content):
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def new_key(kid):
    return RSAKey.generate_key(KEY_BITS, {"kid": kid, "use": "sig"})


@functools.cache
def usual_key():
    """Make the key that every provider begins with; finding one takes a tenth of a second."""
    return new_key("first")


@contextlib.contextmanager
def provider(clock):
    """Serve a provider in a thread of this process."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(*serving.get(self.path))

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            fields = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(*serving.exchange(self.headers["authorization"], fields))

        def answer(self, status, document):
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_):
            """Write nothing to the stream of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Provider(f"http://127.0.0.1:{server.server_address[1]}", clock)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield serving
        server.shutdown()
        thread.join()
