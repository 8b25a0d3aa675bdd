"""A Kubernetes API server for tests, as far as endpoint slices go, over TLS with the CA of certificates.py.

    api = APIServer(certificate, key, token="t0ken")        # starts at once; append it to `started`, or call stop()
    api.url                                                 # "https://127.0.0.1:PORT"
    api.put("gw-a", [endpoint("10.0.0.1", "pod-0")], service="gateways", port=9090)     # ADDED or MODIFIED
    api.remove("gw-a")                                      # DELETED
    api.bookmark()                                          # tells watches the version that there is
    api.compact()                                           # versions before now are gone: 410 for who asks for them
    api.expire()                                            # the same, told within open watches as an ERROR event
    api.drop()                                              # breaks every open watch off
    api.forbid("list", "watch")                             # 403 for these verbs; forbid() takes it back
    api.tokens = {"other"}                                  # whom it knows; others get 401
    api.requests                                            # [Request(verb, namespace, query, token)], oldest first
    api.watches                                             # how many are open
"""
import http.server
import json
import queue
import socket
import ssl
import threading
from collections import namedtuple
from urllib.parse import parse_qs, urlsplit

Request = namedtuple("Request", "verb namespace query token")


def endpoint(address, pod=None, zone=None, **conditions):
    """One endpoint of a slice; `ready=False`, `terminating=True`."""
    found = {"addresses": [address], "conditions": {"ready": True, **conditions}}
    if pod:
        found["targetRef"] = {"kind": "Pod", "name": pod, "namespace": "prod"}
    if zone:
        found["zone"] = zone
    return found


class APIServer:
    def __init__(self, certificate, key, token="t0ken", namespace="prod", page=500):
        self.tokens, self.namespace, self.page = {token}, namespace, page
        self.requests = []
        self.arguments = ["api_server"]
        self.log = ""
        self._lock = threading.RLock()
        self._version, self._oldest = 100, 0
        self._slices, self._history = {}, []
        self._forbidden = set()
        self._watches = []
        self._certificate, self._key = certificate, key
        self._start(0)

    def _start(self, port):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate, self._key)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                self.request.settimeout(20)
                self.request = context.wrap_socket(self.request, server_side=True)
                super().setup()

            def do_GET(self):
                outer._answer(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass  # a handshake that fails, a connection that breaks

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.url = f"https://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    # What it knows.

    def put(self, name, endpoints, service="gateways", port=9090, labels=None, family="IPv4"):
        with self._lock:
            kind = "MODIFIED" if name in self._slices else "ADDED"
            self._version += 1
            self._slices[name] = {
                "metadata": {
                    "name": name, "namespace": self.namespace, "resourceVersion": str(self._version),
                    "labels": {"kubernetes.io/service-name": service, **(labels or {})}},
                "addressType": family, "endpoints": endpoints,
                "ports": [{"name": "http", "port": port, "protocol": "TCP"}]}
            self._tell(kind, self._slices[name])

    def remove(self, name):
        with self._lock:
            self._version += 1
            gone = self._slices.pop(name)
            gone = {**gone, "metadata": {**gone["metadata"], "resourceVersion": str(self._version)}}
            self._tell("DELETED", gone)

    def bookmark(self):
        with self._lock:
            self._version += 1
            version = {"metadata": {"resourceVersion": str(self._version)}}
            for _, events in self._watches:
                events.put({"type": "BOOKMARK", "object": version})

    def compact(self):
        with self._lock:
            self._oldest = self._version

    def expire(self):
        with self._lock:
            self._version += 1
            self._oldest = self._version
            status = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}
            for _, events in self._watches:
                events.put({"type": "ERROR", "object": status})
                events.put(None)

    def _tell(self, kind, slice):
        self._history.append((self._version, kind, slice))
        for wanted, events in self._watches:
            if wanted(slice):
                events.put({"type": kind, "object": slice})

    # What it does.

    def forbid(self, *verbs):
        self._forbidden = set(verbs)

    @property
    def watches(self):
        with self._lock:
            return len(self._watches)

    def drop(self):
        with self._lock:
            for _, events in self._watches:
                events.put("break")

    def stop(self):
        self.drop()
        self._server.shutdown()
        self._server.server_close()

    def pause(self):
        """Nobody listens there until `resume()`."""
        self.stop()

    def resume(self):
        self._start(self.port)

    # Answers.

    def _answer(self, handler):
        place = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        parts = place.path.split("/")
        verb = "watch" if query.get("watch") in ("1", "true") else "list"
        token = (handler.headers.get("Authorization") or "").removeprefix("Bearer ")
        if parts[1:5] != ["apis", "discovery.k8s.io", "v1", "namespaces"] or parts[6:] != ["endpointslices"]:
            return self._status(handler, 404, "the server could not find the requested resource")
        namespace = parts[5]
        with self._lock:
            self.requests.append(Request(verb, namespace, query, token))
        if token not in self.tokens:
            return self._status(handler, 401, "Unauthorized")
        if verb in self._forbidden or namespace != self.namespace:
            return self._status(
                handler, 403, 'endpointslices.discovery.k8s.io is forbidden: User "system:serviceaccount:prod:edge" cannot '
                f'{verb} resource "endpointslices" in API group "discovery.k8s.io" in the namespace "{namespace}"')
        wanted = self._selector(query.get("labelSelector", ""))
        if verb == "watch":
            return self._watch(handler, query, wanted)
        with self._lock:
            fitting = [self._slices[name] for name in sorted(self._slices) if wanted(self._slices[name])]
            start = int(query.get("continue", 0))
            size = min(int(query.get("limit", self.page)), self.page)
            metadata = {"resourceVersion": str(self._version)}
            if start + size < len(fitting):
                metadata["continue"] = str(start + size)
            body = {"kind": "EndpointSliceList", "metadata": metadata, "items": fitting[start:start + size]}
        self._json(handler, 200, body)

    @staticmethod
    def _selector(text):
        terms = [term.split("=", 1) for term in text.split(",") if term]

        def wanted(slice):
            return all(slice["metadata"]["labels"].get(name) == value for name, value in terms)

        return wanted

    def _status(self, handler, code, message):
        self._json(handler, code, {"kind": "Status", "status": "Failure", "code": code, "message": message})

    @staticmethod
    def _json(handler, code, body):
        data = json.dumps(body).encode()
        handler.send_response(code)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def _watch(self, handler, query, wanted):
        events = queue.Queue()
        with self._lock:
            version = int(query.get("resourceVersion") or 0)
            if version < self._oldest:
                return self._status(handler, 410, f"too old resource version: {version} ({self._oldest})")
            for number, kind, slice in self._history:
                if number > version and wanted(slice):
                    events.put({"type": kind, "object": slice})
            watch = (wanted, events)
            self._watches.append(watch)
        try:
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            handler.wfile.flush()
            while True:
                event = events.get(timeout=60)
                if event == "break":
                    handler.connection.shutdown(socket.SHUT_RDWR)
                    handler.close_connection = True
                    return
                if event is None:
                    handler.wfile.write(b"0\r\n\r\n")
                    return
                line = json.dumps(event).encode() + b"\n"
                # in two pieces: events need not come whole
                for piece in (line[:40], line[40:]):
                    handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    handler.wfile.flush()
        except (OSError, queue.Empty):
            handler.close_connection = True
        finally:
            with self._lock:
                self._watches.remove(watch)
