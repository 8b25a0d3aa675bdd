"""Clients that say who they are by a certificate."""
import pytest

from certificates import Authority, openssl
from identity import Issuer, bearer, error, metric, rules, seen
from processes import eventually, merge
from raw import answering, get, ok
from test_auth_identity import CACHE, closed, counting
from tls_clients import TLSClient, over, trusting


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("clients"), "Client CA")


@pytest.fixture(scope="module")
def leaf(ca):
    return ca.issue(names=["DNS:localhost", "IP:127.0.0.1"], subject="edge")


def fingerprint(certificate):
    return openssl("x509", "-in", certificate[0], "-noout", "-fingerprint", "-sha256").decode().split("=")[1].strip()


def ask(proxy, ca, certificate, path="/x", *fields):
    with TLSClient(proxy, trusting(ca, certificate=certificate)) as wire:
        return wire.ask(get(path, *fields))


def test_names_fingerprints_and_subjects_say_who_it_is(ca, clients, leaf, start_agent, start_proxy):
    by_print = clients.issue(names=["DNS:a.test"], subject="anything")
    by_name, by_uri, by_subject = clients.issue(names=["DNS:b.test"]), clients.issue(names=["URI:spiffe://test/c"]), clients.issue(names=(), subject="device 7")
    nobody = clients.issue(names=["DNS:x.test"], subject="device 8")
    auth = {"clientCertificates": {"names": [
        {"name": "a", "tenant": "t", "fingerprint": fingerprint(by_print)}, {"name": "b", "san": "B.test"},
        {"name": "c", "san": "spiffe://test/c"}, {"name": "d", "subject": "CN=device 7"}]}}
    proxy = start_proxy(
        merge(over(leaf, clientCA=str(clients.file), clientAuth="optional"), {"auth": auth}), [start_agent()], rules("clientCertificate"))
    for certificate in (by_print, by_name, by_uri, by_subject):
        headers = seen(ask(proxy, ca, certificate, "/x", "Authorization: Basic eDp5"))
        assert headers["authorization"] == "Basic eDp5", "that is the agent's"
    lines = eventually(lambda: len(proxy.access_lines()) >= 4 and proxy.access_lines())
    assert sorted((line["credential"], line["tenant"]) for line in lines) == [("a", "t"), ("b", "b"), ("c", "c"), ("d", "d")]
    answer = ask(proxy, ca, nobody)
    assert answer.status == 403 and error(answer)["code"] == "forbidden"
    answer = ask(proxy, ca, None)
    assert answer.status == 401 and answer.get("WWW-Authenticate") and "client certificate" in error(answer)["hint"]
    assert metric(proxy, 'gateway_auth_total{kind="clientCertificate",result="admitted"}') == 4
    assert metric(proxy, 'gateway_auth_total{kind="clientCertificate",result="forbidden"}') == 1


def test_any_certificate_of_the_authority_is_a_tenant_of_its_own(ca, clients, leaf, raw_agent, start_proxy, tmp_path):
    agent = raw_agent(counting)
    proxy = start_proxy(
        merge(over(leaf, clientCA=str(clients.file), clientAuth="optional"), {"auth": {"clientCertificates": {"any": True}}, **CACHE}),
        [agent], closed(agent))
    one, other = clients.issue(names=["DNS:same.test"]), clients.issue(names=["DNS:same.test"])
    assert [ask(proxy, ca, certificate).body for certificate in (one, other, one, other)] == [b"1", b"2", b"1", b"2"]
    assert ask(proxy, ca, None).status == 401, "nothing that is kept is for strangers"


def test_a_token_may_stand_in_for_a_certificate_that_nobody_knows(ca, clients, leaf, started, start_agent, start_proxy):
    home = Issuer("ES256")
    started.append(home)
    proxy = start_proxy(
        merge(over(leaf, clientCA=str(clients.file), clientAuth="optional"),
              {"auth": {"jwt": home.settings(), "clientCertificates": {"names": [{"name": "a", "san": "a.test"}]}}}),
        [start_agent()], rules())
    nobody = clients.issue(names=["DNS:x.test"])
    assert ask(proxy, ca, nobody).status == 403
    assert ask(proxy, ca, nobody, "/x", bearer(home.token())).status == 200
    assert ask(proxy, ca, clients.issue(names=["DNS:a.test"])).status == 200


def test_the_service_hears_of_https(ca, leaf, started, raw_agent, start_proxy):
    from identity import Service

    asked = Service(lambda _: (200, [], b""))
    started.append(asked)
    agent = raw_agent(answering(ok()))
    proxy = start_proxy(merge(over(leaf), {"auth": {"forwardAuth": {"url": asked.url}}}), [agent], closed(agent))
    assert ask(proxy, ca, None).status == 200
    assert asked.requests[0][1]["X-Forwarded-Proto"] == "https"
