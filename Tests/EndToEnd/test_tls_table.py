"""What `openssl s_client` finds out about TLS towards clients, as a table; and the owner's documents as they are written."""
import json
import os
import random
import re
import socket
import ssl
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from caching import cached
from certificates import Authority, openssl
from control import Refused, start_edge  # noqa: F401
from processes import CLAWPROXY, Program, environment, eventually, free_port, merge, run_command
from raw import Client, Closed, answering, get, ok
from tls_clients import V12, V13, TLSClient, both, metric, ocsp, over, s_client, trusting

SHARED = Path(os.environ.get("CLAWPROXY_SHARED", Path(__file__).resolve().parents[3] / "shared"))
RULES = [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "raw"}]
WEAK = ["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def edge(ca, tmp_path_factory, shared_started, shared_agent):
    """RSA and ECDSA side by side, a wildcard besides, a stapled answer; everything else as it is by itself."""
    from conftest import _proxy_of

    folder = tmp_path_factory.mktemp("edge")
    rsa, ecdsa = (ca.issue(names=["DNS:edge.test"], subject="edge", rsa=kind) for kind in (True, False))
    wild = ca.issue(names=["DNS:*.wild.test"], subject="wild")
    staple = ocsp(ca, ecdsa[0], folder / "staple.der")
    more = [{"cert": str(ecdsa[0]), "key": str(ecdsa[1]), "ocsp": str(staple)}, {"cert": str(wild[0]), "key": str(wild[1])}]
    return _proxy_of(folder, shared_started)(over(rsa, certificates=more), [shared_agent])


NAME = ["-servername", "edge.test"]
TABLE = [
    # what is asked -> what must be seen
    ("SSL 3.0 is not spoken", ["-no_tls1_3", "-no_tls1_2", "-no_tls1_1", "-no_tls1", *WEAK], "Cipher is (NONE)|no protocols available"),
    ("TLS 1.0 is not spoken", ["-tls1", *WEAK], "alert protocol version"),
    ("TLS 1.1 is not spoken", ["-tls1_1", *WEAK], "alert protocol version"),
    ("TLS 1.2 is spoken", ["-tls1_2"], "New, TLSv1.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256"),
    ("TLS 1.3 is spoken", ["-tls1_3"], "New, TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256"),
    ("the newest is taken", [], "New, TLSv1.3"),
    *[(f"suite {suite}", ["-tls1_3", "-ciphersuites", suite], f"Cipher is {suite}")
      for suite in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")],
    *[(f"cipher {cipher}", ["-tls1_2", "-cipher", cipher], f"Cipher is {cipher}")
      for kind in ("ECDSA", "RSA") for cipher in (f"ECDHE-{kind}-AES128-GCM-SHA256", f"ECDHE-{kind}-AES256-GCM-SHA384",
                                                  f"ECDHE-{kind}-CHACHA20-POLY1305")],
    *[(f"no {what}", ["-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0"], "handshake failure|no ciphers available|no cipher match")
      for what, cipher in [("encryption", "eNULL"), ("anonymity", "aNULL"), ("static RSA", "kRSA"), ("DHE", "kDHE"),
                           ("CBC", "ECDHE-RSA-AES128-SHA"), ("CBC of SHA-2", "ECDHE-ECDSA-AES128-SHA256"), ("3DES", "3DES"),
                           ("CCM of 8 bytes", "ECDHE-ECDSA-AES128-CCM8"), ("Camellia", "CAMELLIA"), ("ARIA", "ARIA")]],
    ("no suite of CCM", ["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256"], "handshake failure"),
    *[(f"group {group}", ["-groups", group], f"Server Temp Key: {seen}")
      for group, seen in [("X25519", "X25519"), ("P-256", "ECDH, prime256v1"), ("P-384", "ECDH, secp384r1")]],
    ("a key share that must be asked for again", ["-groups", "P-521:P-256"], "Server Temp Key: ECDH, prime256v1"),
    ("no group in common", ["-groups", "P-521"], "handshake failure"),
    ("no signature by SHA-1", ["-tls1_2", "-sigalgs", "RSA+SHA1:ECDSA+SHA1", "-cipher", "ALL:@SECLEVEL=0"], "handshake failure|internal error"),
    ("ECDSA for who knows it", ["-sigalgs", "ECDSA+SHA256"], "Peer signature type: ECDSA"),
    ("RSA for who does not", ["-sigalgs", "RSA-PSS+SHA256"], "Peer signature type: RSA-PSS"),
    ("nothing is compressed", ["-tls1_2", "-comp"], "Compression: NONE"),
    ("renegotiation is indicated as secure", ["-tls1_2"], "Secure Renegotiation IS supported"),
    ("secrets of 1.2 are bound to the handshake", ["-tls1_2"], "Extended master secret: yes"),
    ("a ticket is given", ["-tls1_2"], "TLS session ticket:"),
    ("no early data", ["-tls1_3", "-ign_eof"], "Max Early Data: 0"),
    ("a staple for who asks", ["-status", "-sigalgs", "ECDSA+SHA256"], "Cert Status: good"),
    ("no staple for the other", ["-status", "-sigalgs", "RSA-PSS+SHA256"], "OCSP response: no response sent"),
    ("a wildcard", ["-servername", "any.wild.test"], "subject=CN = wild"),
    ("no name", ["-noservername"], "subject=CN = edge"),
    ("ALPN", ["-alpn", "http/1.1"], "ALPN protocol: http/1.1"),
    ("no protocol in common", ["-alpn", "spdy/9"], "alert no application protocol"),
    ("a downgrade is noticed", ["-tls1_2", "-fallback_scsv"], "inappropriate fallback"),
    ("records may be small", ["-tls1_2", "-maxfraglen", "512"], "Max(imum)? ?[Ff]ragment|Cipher is ECDHE"),
    ("the chain is verified", ["-verify_return_error", "-CAfile", "CA", "-verify_hostname", "edge.test"], "Verify return code: 0 \\(ok\\)"),
]


@pytest.mark.parametrize("arguments, seen", [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_openssl_finds(ca, edge, arguments, seen):
    arguments = [str(ca.file) if word == "CA" else word for word in arguments]
    if "-servername" not in arguments and "-noservername" not in arguments:
        arguments = NAME + arguments
    given = b"GET /health HTTP/1.0\r\n\r\n" if "-ign_eof" in arguments else b"Q\n"
    found = s_client(edge.port, *arguments, given=given)
    pattern = seen if "\\(" in seen else seen.replace("(NONE)", r"\(NONE\)")
    assert re.search(pattern, found), found


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssl_resumes_at_another_replica(ca, start_proxy, start_agent, tmp_path, version):
    keys, session = tmp_path / "keys", tmp_path / "session.pem"
    keys.write_bytes(openssl("rand", "-base64", "48"))
    leaf, agent = ca.issue(names=["DNS:edge.test"]), start_agent()
    one, two = (start_proxy(over(leaf, ticketKeys=str(keys)), [agent]) for _ in range(2))
    ask = b"GET /health HTTP/1.0\r\n\r\n"
    assert "New, TLSv1" in s_client(one.port, version, *NAME, "-ign_eof", "-sess_out", session, given=ask)
    found = s_client(two.port, version, *NAME, "-ign_eof", "-sess_in", session, given=ask)
    assert "Reused, TLSv1" in found and "HTTP/1.1 200 OK" in found
    assert metric(two, "gateway_tls_handshakes_total", kind="resumed") == 1
    found = s_client(two.port, version, "-servername", "other.test", "-ign_eof", "-sess_in", session, given=ask)
    assert "New, TLSv1" in found, "a ticket is for the name that it was given for"


def test_a_client_cannot_make_the_edge_renegotiate_or_rekey_for_ever(edge):
    for version, command, seen in [("-tls1_2", b"R\n", b"no renegotiation"), ("-tls1_3", b"K\n", b"KEYUPDATE")]:
        talk = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{edge.port}", *NAME, version],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(0.3)
        talk.stdin.write(command)
        talk.stdin.flush()
        time.sleep(0.3)
        out, _ = talk.communicate(b"Q\n", timeout=10)
        assert seen in out, out
    assert httpx.get(f"{edge.admin_url}/health").status_code == 200


def test_noise_leaves_nothing_behind(ca, edge):
    chance = random.Random(7)
    hello = recorded_hello(ca)
    descriptors = lambda: len(os.listdir(f"/proc/{edge.process.pid}/fd"))  # noqa: E731
    before = descriptors()
    for turn in range(400):
        bytes_ = bytearray(hello)
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(bytes_))
            match chance.randrange(4):
                case 0: bytes_[at] = chance.randrange(256)
                case 1: del bytes_[at:at + chance.randrange(1, 30)]
                case 2: bytes_[at:at] = bytes_[at:at + chance.randrange(1, 30)]
                case 3: del bytes_[max(1, at):]
        with socket.create_connection(("127.0.0.1", edge.port), 5) as sock:
            try:
                for start in range(0, len(bytes_), max(1, len(bytes_) // chance.randrange(1, 5))):
                    sock.sendall(bytes_[start:start + max(1, len(bytes_) // 4)])
                if chance.random() < 0.3:
                    sock.shutdown(socket.SHUT_WR)
                if chance.random() < 0.5:
                    sock.settimeout(0.05)
                    sock.recv(10)
                    sock.sendall(chance.randbytes(chance.randrange(1, 200)))
                if chance.random() < 0.3:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            except OSError:
                pass
    eventually(lambda: descriptors() <= before + 2)
    with TLSClient(edge, trusting(ca), name="edge.test") as wire:
        assert wire.ask(get("/health")).status == 200


def recorded_hello(ca):
    """The first flight of a client."""
    inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
    wrapped = trusting(ca).wrap_bio(inward, outward, server_hostname="edge.test")
    with pytest.raises(ssl.SSLWantReadError):
        wrapped.do_handshake()
    return outward.read()


def test_a_patch_with_a_certificate_that_is_not_there_is_refused(ca, start_edge):  # noqa: F811
    leaf = ca.issue()
    edge = start_edge(over(leaf))
    with pytest.raises(Refused) as refused:
        edge.admin.patch({"http": {"tls": {"cert": "/nowhere/cert.pem"}}})
    assert "/nowhere/cert.pem cannot be read" in str(refused.value.error)
    with pytest.raises(Refused):
        edge.admin.patch({"http": {"tls": {"key": str(ca.key)}}})
    with TLSClient(edge, trusting(ca)) as wire:
        assert wire.ask(get("/health")).status == 200


# what TLS means for the rest


@both
def test_https_is_told_where_it_matters(ca, raw_agent, start_proxy, version):
    agent = raw_agent(answering(ok("x", "Cache-Control: max-age=60")))
    leaf = ca.issue()
    plain = free_port()
    proxy = start_proxy(
        merge(cached(), over(leaf, listen=f"127.0.0.1:{plain}")), [agent], rules=RULES,
        listen=lambda port: [f"127.0.0.1:{port}", f"127.0.0.1:{plain}"])
    fields = ["X-Forwarded-Proto: gopher", "Forwarded: for=1.2.3.4;proto=gopher"]
    with TLSClient(plain, trusting(ca, version)) as secure, Client(proxy.port) as open_:
        for wire in (secure, open_, secure, open_):
            assert wire.ask(get("/a", *fields)).status == 200
    protos = [request.all("X-Forwarded-Proto") for request in agent.requests]
    assert protos == [["https"], ["http"]], "each scheme has an entry of its own in the cache"
    assert all(request.get("Forwarded") is None for request in agent.requests)
    eventually(lambda: len(proxy.access_lines()) == 4)
    name = {V12: "TLSv1.2", V13: "TLSv1.3"}[version]
    assert [line.get("tls") for line in proxy.access_lines()] == [name, None, name, None]


def test_a_trusted_proxy_says_how_its_client_came(ca, raw_agent, start_proxy):
    agent = raw_agent(answering(ok("x", "Cache-Control: max-age=60")))
    leaf = ca.issue()
    proxy = start_proxy(merge(cached(http={"trustedProxies": ["127.0.0.1/32"]}), over(leaf)), [agent], rules=RULES)
    with TLSClient(proxy, trusting(ca)) as wire:
        for fields in [["X-Forwarded-Proto: http"], [], ["X-Forwarded-Proto: https, http"], ["X-Forwarded-Proto: http"]]:
            assert wire.ask(get("/a", *fields)).status == 200
    assert [request.get("X-Forwarded-Proto") for request in agent.requests] == ["http", "https"]


def test_what_an_agent_tells_one_certificate_another_does_not_get(ca, raw_agent, start_proxy, tmp_path):
    clients = Authority(tmp_path, "Clients")
    agent = raw_agent(answering(ok("x", "Cache-Control: max-age=60")))
    proxy = start_proxy(merge(cached(), over(ca.issue(), clientCA=str(clients.file), identityHeader="X-Id")), [agent], rules=RULES)
    one, two = clients.issue(subject="one"), clients.issue(subject="two")
    for who in (one, two, one, two):
        with TLSClient(proxy, trusting(ca, certificate=who)) as wire:
            assert wire.ask(get("/a")).status == 200
    assert [re.search("CN=(\\w+)", request.get("X-Id"))[1] for request in agent.requests] == ["one", "two"]


def test_proxy_headers_come_before_tls(ca, raw_agent, start_proxy):
    agent = raw_agent(answering(ok("x")))
    redirect = free_port()
    gateway = over(ca.issue(), redirectFrom=f"127.0.0.1:{redirect}")
    gateway["http"]["proxyProtocol"] = {"from": ["127.0.0.1/32"]}
    proxy = start_proxy(gateway, [agent])
    for version in (V12, V13):
        sock = socket.create_connection(("127.0.0.1", proxy.port), 5)
        sock.sendall(b"PROXY TCP4 203.0.113.7 198.51.100.1 4000 443\r\n")
        with trusting(ca, version).wrap_socket(sock, server_hostname="localhost") as secure:
            secure.sendall(get("/").encode())
            assert secure.recv(65536).startswith(b"HTTP/1.1 200")
    assert [request.get("X-Forwarded-For") for request in agent.requests] == ["203.0.113.7"] * 2
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
        with pytest.raises((ssl.SSLError, OSError)):
            trusting(ca).wrap_socket(sock, server_hostname="localhost")
    eventually(lambda: can_redirect(redirect))


def can_redirect(port):
    try:
        with Client(port) as wire:
            wire.send("PROXY TCP4 203.0.113.7 198.51.100.1 4000 80\r\n" + get("/a", host="a.test"))
            return wire.answer().status == 301
    except (OSError, Closed):
        return False


# the owner's documents


@pytest.fixture
def run_document(tmp_path, started):
    """`run_document(name, change, paths)`: the document as it is written, but for paths and the port."""

    def start(document, replaced):
        text = json.dumps(document)
        port = free_port()
        for old, new in replaced.items():
            assert old in text, old
            text = text.replace(old, str(new))
        address = document["gateway"]["http"]["listen"]
        text = text.replace(address, f"0.0.0.0:{port}")
        file = tmp_path / "gateway.json"
        file.write_text(text)
        found = run_command(tmp_path, "check", file)
        admin = free_port()
        program = Program([CLAWPROXY, "run", "--config-file", file, f"--config.admin.listen=127.0.0.1:{admin}"],
                          tmp_path / "run.log", environment(tmp_path))
        started.append(program)
        program.port, program.admin_url, program.checked = port, f"http://127.0.0.1:{admin}", found
        eventually(lambda: program.log.count('"listening"') >= 2, what=f"readiness; it said {program.log}")
        return program

    return start


def owner(name):
    return json.loads((SHARED / "owner-configs" / name).read_text())


def test_the_owners_http_document_works_as_written(ca, run_document, tmp_path):
    leaf = ca.issue(names=["DNS:miaoquai.com"], rsa=True)
    program = run_document(owner("http.json"), {"/etc/openclaw/tls/cert.pem": leaf[0], "/etc/openclaw/tls/key.pem": leaf[1]})
    assert program.checked.returncode == 0 and "http.tls" not in program.checked.stdout
    with TLSClient(program.port, trusting(ca), name="miaoquai.com") as wire:
        assert wire.sock.version() == "TLSv1.3" and wire.ask(get("/health")).status == 200
    assert "alert protocol version" in s_client(program.port, "-tls1_2")


def test_the_http_part_of_the_production_document_works_as_written(ca, run_document, start_agent):
    leaf, agent = ca.issue(names=["DNS:gateway.test"], rsa=True), start_agent()
    document = {"gateway": {key: owner("production.json")["gateway"][key] for key in ("http", "performance", "loadBalancing")}}
    document["gateway"]["agents"] = {"discovery": {"static": [agent.settings()]}}
    program = run_document(document, {"/etc/ssl/certs/gateway.pem": leaf[0], "/etc/ssl/private/gateway.key": leaf[1]})
    with TLSClient(program.port, trusting(ca), name="gateway.test") as wire:
        assert wire.sock.cipher()[0] == "TLS_AES_128_GCM_SHA256"
        assert wire.ask(get("/echo")).status == 200
    found = s_client(program.port, "-ciphersuites", "TLS_AES_256_GCM_SHA384")
    assert "Cipher is TLS_AES_256_GCM_SHA384" in found
    assert "Cipher is (NONE)" in s_client(program.port, "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256")
    assert "alert protocol version" in s_client(program.port, "-tls1_2")
