"""Issuers of tokens with their published keys, and a service that says who may come in; both in this process."""
import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ALGORITHMS = {"RS256": jwt.algorithms.RSAAlgorithm, "ES256": jwt.algorithms.ECAlgorithm, "EdDSA": jwt.algorithms.OKPAlgorithm}


def new_key(algorithm):
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else ed25519.Ed25519PrivateKey.generate()


def public_pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Service:
    """An HTTP server on a free port; `handle(request)` answers with (status, fields, body)."""

    def __init__(self, handle=None):
        self.requests = []
        self.delay = 0
        if handle:
            self.handle = handle
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if not service.thread:
                    self.close_connection = True  # kept from before the end
                    return
                service.requests.append((self.path, dict(self.headers.items())))
                if service.delay:
                    time.sleep(service.delay)
                status, fields, body = service.handle(self)
                try:
                    self.send_response(status)
                    for name, value in fields:
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # nobody waits any more

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def stop(self):
        if self.thread:
            self.server.shutdown()
            self.server.server_close()
            self.thread = None


class Issuer(Service):
    """An issuer of tokens: keys by name, published at `/jwks`."""

    def __init__(self, *algorithms, name="https://issuer.test"):
        self.name = name
        self.keys = {}
        self.fails = False
        for algorithm in algorithms:
            self.add(algorithm)
        super().__init__()

    def add(self, algorithm, kid=None):
        kid = kid or f"{algorithm}-{len(self.keys)}"
        self.keys[kid] = (algorithm, new_key(algorithm))
        return kid

    def jwks(self):
        keys = []
        for kid, (algorithm, key) in self.keys.items():
            made = json.loads(ALGORITHMS[algorithm].to_jwk(key.public_key()))
            keys.append({**made, "kid": kid, "use": "sig", "alg": algorithm})
        return {"keys": keys}

    def handle(self, _):
        if self.fails:
            return 500, [], b"no"
        return 200, [("Content-Type", "application/json")], json.dumps(self.jwks()).encode()

    def token(self, kid=None, headers=None, **claims):
        kid = kid or next(iter(self.keys))
        algorithm, key = self.keys[kid]
        body = {"iss": self.name, "sub": "ada", "aud": "gateway", "exp": int(time.time()) + 600, **claims}
        body = {name: value for name, value in body.items() if value is not None}
        return jwt.encode(body, key, algorithm, headers={"kid": kid, **(headers or {})})

    def settings(self, **more):
        return {"issuer": self.name, "name": "home", "audience": "gateway", "jwksUrl": self.url + "/jwks", **more}


# what tests of them share


def rules(kinds=True, **more):
    return [{"name": "closed", "match": {"type": "prefix", "pattern": "/"}, "target": "demo", "requiresAuth": kinds, **more}]


@pytest.fixture
def service(started):
    def start(handle):
        started.append(Service(handle))
        return started[-1]

    return start


@pytest.fixture
def issuer(started):
    def start(*algorithms, **more):
        started.append(Issuer(*algorithms, **more))
        return started[-1]

    return start


@pytest.fixture
def guarded(start_agent, start_proxy):
    def start(auth, kinds=True, gateway=None, extra=()):
        return start_proxy({"auth": auth, **(gateway or {})}, [start_agent()], rules(kinds) + list(extra))

    return start


def seen(answer):
    assert answer.status == 200, (answer.status, answer.body, answer.fields)
    return json.loads(answer.body)["headers"]


def error(answer):
    return json.loads(answer.body)["error"]


def bearer(token):
    return f"Authorization: Bearer {token}"


def metric(proxy, text):
    page = httpx.get(proxy.admin_url + "/metrics", trust_env=False).text
    for line in page.splitlines():
        if line.startswith(text + " "):
            return float(line.rsplit(" ", 1)[1])
    return 0
