"""Clients of TLS, and what a test of it asks: the `openssl` command, metrics, certificates that were shown."""
import socket
import ssl
import subprocess

import httpx
import pytest

from certificates import openssl
from raw import Client, Closed, Wire, get


def over(certificate, **more):
    return {"http": {"tls": {"cert": str(certificate[0]), "key": str(certificate[1]), **more}}}


class TLSClient(Client):
    """A client of TLS; `end()` says close_notify."""

    def __init__(self, proxy, context, name="localhost", session=None, seconds=10):
        plain = socket.create_connection(("127.0.0.1", getattr(proxy, "port", proxy)), seconds)
        Wire.__init__(self, context.wrap_socket(
            plain, server_hostname=name, session=session, suppress_ragged_eofs=False), seconds)

    def rest(self):
        try:
            while True:
                self._more()
        except (Closed, ssl.SSLError) as error:
            found, self.buffer = self.buffer, b""
            return found, str(error) == "end"


def trusting(ca, version=None, certificate=None, alpn=("http/1.1",)):
    context = ssl.create_default_context(cafile=str(ca.file))
    context.check_hostname = False
    if version:
        context.minimum_version = context.maximum_version = version
    if certificate:
        context.load_cert_chain(*map(str, certificate))
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
both = pytest.mark.parametrize("version", [V12, V13], ids=["1.2", "1.3"])


def s_client(port, *arguments, given=b"", seconds=10):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *map(str, arguments)], input=given,
                          capture_output=True, timeout=seconds)
    return (done.stdout + done.stderr).decode(errors="replace")


def metric(proxy, name, **labels):
    text = httpx.get(f"{proxy.admin_url}/metrics").text
    for line in text.splitlines():
        if line.startswith(name) and all(f'{key}="{value}"' in line for key, value in labels.items()):
            return float(line.rsplit(" ", 1)[1])
    return None


def shown(proxy, ca, name="localhost", **options):
    """The names of the certificate that a client gets."""
    context = trusting(ca, **options)
    context.check_hostname = False
    with TLSClient(proxy, context, name=name) as wire:
        return [value for _, value in wire.sock.getpeercert()["subjectAltName"]]


def ocsp(ca, certificate, out, days=2):
    serial = openssl("x509", "-in", certificate, "-noout", "-serial").decode().split("=")[1].strip()
    index = out.with_suffix(".index")
    index.write_text(f"V\t401231235959Z\t\t{serial}\tunknown\t/CN=agent\n")
    request = out.with_suffix(".req")
    openssl("ocsp", "-issuer", ca.file, "-cert", certificate, "-reqout", request)
    openssl("ocsp", "-index", index, "-CA", ca.file, "-rsigner", ca.file, "-rkey", ca.key, "-reqin", request,
            "-respout", out, "-ndays", days)
    return out


def resumed(proxy, context, name="localhost", session=None):
    with TLSClient(proxy, context, name=name, session=session) as wire:
        assert wire.ask(get("/")).status == 200
        return wire.sock.session_reused, wire.sock.session
