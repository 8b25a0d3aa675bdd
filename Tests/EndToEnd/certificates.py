"""Certificates made with the `openssl` command, and agents of raw.py that serve over TLS."""
import socket
import ssl
import subprocess
from pathlib import Path

from raw import Connection, RawAgent


def openssl(*arguments, given=None):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, input=given, timeout=60)
    assert done.returncode == 0, f"openssl {arguments}: {done.stderr.decode()}"
    return done.stdout


class Authority:
    """A CA of its own, which issues what is asked for."""

    def __init__(self, folder, name="Test CA"):
        self.folder = Path(folder) / name.replace(" ", "-")
        self.folder.mkdir(parents=True)
        self.key, self.file = self.folder / "ca.key", self.folder / "ca.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.key,
                "-out", self.file, "-days", "30", "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")
        self.count = 0

    def issue(self, names=("IP:127.0.0.1", "DNS:localhost"), subject="agent", days=30, usage="serverAuth,clientAuth", rsa=False):
        """The files of a certificate and its key. `days=-1`: it expired before it began, which is all that openssl takes."""
        self.count += 1
        stem = self.folder / f"leaf-{self.count}"
        key, request, certificate, extensions = (stem.with_suffix(end) for end in (".key", ".csr", ".pem", ".ext"))
        kind = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        openssl("req", "-newkey", *kind, "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={subject}")
        extensions.write_text(
            f"extendedKeyUsage={usage}\n" + (f"subjectAltName={','.join(names)}\n" if names else ""))
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-set_serial", str(1000 + self.count),
                "-days", days, "-extfile", extensions, "-out", certificate)
        return certificate, key


def self_signed(folder, names=("IP:127.0.0.1",)):
    certificate, key = Path(folder) / "self.pem", Path(folder) / "self.key"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate,
            "-days", "30", "-subj", "/CN=lonely", "-addext", f"subjectAltName={','.join(names)}")
    return certificate, key


class TLSConnection(Connection):
    """A connection to an agent over TLS; `end()` says close_notify, `close()` does not."""

    def end(self):
        self.sock.settimeout(5)
        try:
            self.sock.unwrap()
        except (OSError, ssl.SSLError):
            pass


class TLSAgent(RawAgent):
    """A raw agent that serves over TLS. `names` are what clients asked for by SNI; `refusals` are failed handshakes."""

    def __init__(self, handler, certificate, key, client_ca=None, version=None, host="127.0.0.1"):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(["h2", "http/1.1"])
        if client_ca:
            self.context.load_verify_locations(client_ca)
            self.context.verify_mode = ssl.CERT_REQUIRED
        if version:
            self.context.maximum_version = version
        self.context.sni_callback = lambda sock, name, _: self.names.append(name)
        self.names, self.refusals, self.reused, self.peers, self.protocols = [], [], [], [], []
        super().__init__(handler)
        self.endpoint = f"https://{host}:{self.port}"

    def _serve(self, sock):
        sock.settimeout(15)
        try:
            wrapped = self.context.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False)
        except (OSError, ssl.SSLError) as error:
            self.refusals.append(error)
            sock.close()
            return
        self.reused.append(wrapped.session_reused)
        self.peers.append(wrapped.getpeercert())
        self.protocols.append(wrapped.selected_alpn_protocol())
        wire = TLSConnection(wrapped, self)
        try:
            self.handler(wire)
        except Exception as error:  # noqa: BLE001
            if not isinstance(error, (OSError, ssl.SSLError)) and type(error).__name__ != "Closed":
                self.errors.append(error)
        finally:
            wire.close()
            self.closed += 1


def silent_server():
    """Takes connections and never says a word."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    return listener
