"""The cache of answers to GET and HEAD (RFC 9111): what is kept, whom it serves, and what it tells of that."""
import json
import time
from email.utils import formatdate

import pytest

from caching import (
    answer_of, cached, chunk, chunked, fresh, is_hit, not_modified, outcome, reached, reason, scripted)
from processes import eventually
from raw import get, ok, post

DAY = 86_400


@pytest.fixture
def edge(start_proxy, raw_agent):
    """`edge(answer, cache, rule)` starts an origin and a proxy before it that keeps answers in memory."""

    def start(answer, cache=None, rule=None, **more):
        agent = raw_agent(scripted(answer if callable(answer) else lambda request, count: answer))
        rules = [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "raw", **(rule or {})}]
        proxy = start_proxy(cached(cache, **more), [agent], rules)
        proxy.origin = agent
        return proxy

    return start


def numbered(*fields):
    """An answer whose body is the number of the request."""
    return lambda request, count: ok(str(count), *fields)


# MARK: a hit


def test_a_fresh_answer_is_given_again(edge, client):
    proxy = edge(lambda request, count: fresh(f"body {count}", "X-Mine: yes", "Content-Type: text/plain", 'ETag: "e"'))
    first, *others = [client(proxy).ask(get("/a")) for _ in range(4)]
    assert reason(first) == "uri-miss" and outcome(first)["stored"] is True
    for answer in others:
        assert is_hit(answer) and 0 < int(outcome(answer)["ttl"]) <= 60
        assert answer.status == 200 and answer.body == b"body 1" and answer.get("Content-Length") == "6"
        assert answer.get("X-Mine") == "yes" and answer.get("ETag") == '"e"' and answer.get("Date")
        assert 0 <= int(answer.get("Age")) < 30
    assert reached(proxy.origin) == 1


def test_hits_are_served_on_every_loop(edge, client):
    proxy = edge(fresh("same"), performance={"workerThreads": 2})
    client(proxy).ask(get("/a"))
    assert all(is_hit(client(proxy).ask(get("/a"))) for _ in range(20))
    assert reached(proxy.origin) == 1


def test_hits_and_misses_of_one_connection_come_in_order(edge, client):
    def slow(request, count):
        time.sleep(0.2 if request.target == "/slow" else 0)
        return fresh(request.target)

    proxy = edge(slow)
    connection = client(proxy)
    connection.ask(get("/hit"))
    connection.send(get("/slow") + get("/hit") + get("/other") + get("/hit"))
    assert [connection.answer().body for _ in range(4)] == [b"/slow", b"/hit", b"/other", b"/hit"]
    assert reached(proxy.origin, "/hit") == 1


def test_a_hit_ends_the_connection_where_the_client_wants_it(edge, client):
    proxy = edge(fresh("same"))
    client(proxy).ask(get("/a"))
    closing = client(proxy)
    answer = closing.ask(get("/a", "Connection: close"))
    assert is_hit(answer) and answer.get("Connection") == "close" and closing.wait_closed(3)
    old = client(proxy)
    answer = old.ask(get("/a", version="1.0"))
    assert is_hit(answer) and answer.body == b"same" and old.wait_closed(3)


def test_the_age_that_an_answer_brings_counts(edge, client):
    proxy = edge(numbered("Cache-Control: max-age=60", "Age: 40"))
    assert int(client(proxy).ask(get("/a")).get("Age")) >= 40
    answer = client(proxy).ask(get("/a"))
    assert is_hit(answer) and int(answer.get("Age")) >= 40 and int(outcome(answer)["ttl"]) <= 20


def test_what_a_cache_before_us_tells_stays_before_ours(edge, client):
    proxy = edge(fresh("x", 'Cache-Status: far; hit; key="a, b"'))
    for _ in range(2):
        assert "far; hit" in client(proxy).ask(get("/a")).all("Cache-Status")[0]
    assert is_hit(client(proxy).ask(get("/a")))


def test_an_answer_in_chunks_is_kept_whole(edge, client):
    proxy = edge(lambda request, count: [chunked("Cache-Control: max-age=60", "Trailer: X-Sum"), chunk("one "), chunk("two"), "0\r\nX-Sum: 7\r\n\r\n"])
    assert client(proxy).ask(get("/a")).body == b"one two"
    answer = client(proxy).ask(get("/a"))
    assert is_hit(answer) and answer.body == b"one two"


def test_a_long_answer_is_kept_byte_by_byte(edge, client):
    body = "".join(chr(33 + number % 90) for number in range(900_000))
    proxy = edge(fresh(body))
    assert client(proxy).ask(get("/a")).body.decode() == body
    answer = client(proxy).ask(get("/a"))
    assert is_hit(answer) and answer.body.decode() == body


def test_a_longer_answer_than_a_layer_takes_passes_whole_and_is_not_kept(edge, client):
    body = "y" * 3_000_000
    proxy = edge(fresh(body))
    for _ in range(2):
        answer = client(proxy).ask(get("/a"))
        assert not is_hit(answer) and answer.body.decode() == body
    assert reached(proxy.origin) == 2


def test_an_interim_answer_is_passed_and_not_kept(edge, client):
    proxy = edge(lambda request, count: ["HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n", fresh("x")])
    first, second = (client(proxy).ask(get("/a")) for _ in range(2))
    assert [answer.status for answer in first.interim] == [103] and first.get("Link") is None
    assert is_hit(second) and second.interim == [] and second.get("Link") is None


def test_the_debug_field_tells_of_the_cache(edge, client):
    proxy = edge(fresh("x"), debugHeaders=True)
    said = [client(proxy).ask(get("/a")).get("X-ClawProxy-Cache") for _ in range(2)]
    assert all(said) and said[0] != said[1]


# MARK: what is never kept


@pytest.mark.parametrize("fields", [
    [], ["Cache-Control: no-store"], ["Cache-Control: max-age=60, no-store"], ["Cache-Control: private, max-age=60"],
    ["Cache-Control: max-age=60", "Set-Cookie: a=1"], ["Cache-Control: max-age=60", "Vary: *"], ["Expires: 0"],
    ["Cache-Control: max-age=0"], ["Cache-Control: s-maxage=0, max-age=60"], ["Cache-Control: max-age=60", "CDN-Cache-Control: no-store"],
], ids=lambda fields: ", ".join(fields) or "nothing said")
def test_an_answer_is_not_kept(edge, client, fields):
    proxy = edge(numbered(*fields))
    answers = [client(proxy).ask(get("/a")) for _ in range(3)]
    assert [answer.body for answer in answers] == [b"1", b"2", b"3"]
    assert not any(is_hit(answer) for answer in answers)
    for line in fields:
        assert answers[0].get(line.split(":")[0]) == line.split(": ", 1)[1]


@pytest.mark.parametrize("fields", [["Authorization: Basic YTpi"], ["Cache-Control: no-store"], ["Range: bytes=0-0"]], ids=lambda fields: fields[0])
def test_the_answer_to_such_a_request_is_not_kept(edge, client, fields):
    proxy = edge(numbered("Cache-Control: max-age=60"))
    client(proxy).ask(get("/a", *fields))
    answer = client(proxy).ask(get("/a"))
    assert not is_hit(answer) and answer.body == b"2"


def test_a_get_with_content_passes_by(edge, client):
    proxy = edge(numbered("Cache-Control: max-age=60"))
    answers = [client(proxy).ask(post("/a", "content", method="GET")) for _ in range(2)] + [client(proxy).ask(get("/a"))]
    assert [answer.body for answer in answers] == [b"1", b"2", b"3"] and reason(answers[0]) == "bypass"
    assert is_hit(client(proxy).ask(get("/a"))) and client(proxy).ask(post("/a", "content", method="GET")).body == b"4"


@pytest.mark.parametrize("leave", ["public", "s-maxage=60", "must-revalidate"])
def test_the_origin_may_allow_to_keep_what_was_asked_with_credentials(edge, client, leave):
    """RFC 9111 3.5."""
    proxy = edge(numbered(f"Cache-Control: max-age=60, {leave}"))
    client(proxy).ask(get("/a", "Authorization: Basic YTpi"))
    assert is_hit(client(proxy).ask(get("/a")))


@pytest.mark.parametrize("field", ["X-API-Key", "api-key", "x-goog-api-key", "X-Auth-Token"])
def test_what_was_revalidated_with_a_key_is_nobody_elses(edge, client, field):
    proxy = edge(lambda request, count: fresh("of " + (request.get(field) or "all")))
    assert client(proxy).ask(get("/a")).body == b"of all"
    assert client(proxy).ask(get("/a", f"{field}: me", "Cache-Control: no-cache")).body == b"of me"
    assert client(proxy).ask(get("/a")).body == b"of all"


def test_a_rule_may_allow_to_keep_what_was_asked_with_credentials(edge, client):
    proxy = edge(numbered("Cache-Control: max-age=60"), rule={"cache": {"authorization": True}})
    client(proxy).ask(get("/a", "Authorization: Basic YTpi"))
    assert is_hit(client(proxy).ask(get("/a", "Authorization: Basic YTpi")))


@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunked"])
def test_what_breaks_off_is_not_kept(edge, client, is_chunked):
    def broken(request, count):
        if count > 1:
            return fresh("whole")
        head = chunked("Cache-Control: max-age=60") + chunk("half") if is_chunked else fresh("half" * 2)[:-4]
        return [head, None]

    proxy = edge(broken)
    assert client(proxy).ask(get("/a")).is_cut
    answer = client(proxy).ask(get("/a"))
    assert not is_hit(answer) and answer.body == b"whole"
    assert is_hit(client(proxy).ask(get("/a")))


def test_other_methods_are_passed_on(edge, client):
    proxy = edge(numbered("Cache-Control: max-age=60"))
    for method in ("POST", "OPTIONS", "PATCH", "DELETE"):
        bodies = [client(proxy).ask(post(f"/{method}", "x", method=method)) for _ in range(2)]
        assert [answer.body for answer in bodies] == [b"1", b"2"] and reason(bodies[1]) == "method"


# MARK: which answer


def test_a_key_is_host_path_and_query(edge, client):
    proxy = edge(lambda request, count: fresh(f"{request.get('Host')} {request.target}"))
    asked = [("/a", "one.test"), ("/a", "two.test"), ("/a?x=1", "one.test"), ("/a?x=2", "one.test"), ("/a?", "one.test"), ("/A", "one.test")]
    for path, host in asked:
        assert not is_hit(client(proxy).ask(get(path, host=host))), path
    for path, host in asked:
        answer = client(proxy).ask(get(path, host=host))
        assert is_hit(answer) and answer.body.decode() == f"{host} {path}"


def test_a_path_is_keyed_as_it_is_matched(edge, client):
    proxy = edge(fresh("x"))
    client(proxy).ask(get("/a/b"))
    for path in ("/a/./b", "/c/../a/b", "//a//b", "/%61/b"):
        assert is_hit(client(proxy).ask(get(path))), path
    assert is_hit(client(proxy).ask(get("/a/b", host="PROXY.test")))


def test_vary_tells_requests_apart(edge, client):
    proxy = edge(lambda request, count: fresh(f"{request.get('Accept-Language')} {count}", "Vary: Accept-Language"))
    ask = lambda *fields: client(proxy).ask(get("/a", *fields))
    first, second, absent = ask("Accept-Language: de"), ask("Accept-Language: en"), ask()
    assert [answer.body for answer in (first, second, absent)] == [b"de 1", b"en 2", b"None 3"]
    assert reason(second) == "vary-miss"
    assert [ask("Accept-Language: en").body, ask("Accept-Language: de").body, ask().body] == [b"en 2", b"de 1", b"None 3"]
    assert reached(proxy.origin) == 3


@pytest.mark.parametrize("first,second", [("gzip, br", "br,gzip"), ("gzip;q=1.0, br", "gzip, br"), ("GZIP", "gzip")])
def test_vary_on_codings_does_not_mind_how_they_are_written(edge, client, first, second):
    proxy = edge(fresh("x", "Vary: Accept-Encoding"))
    client(proxy).ask(get("/a", f"Accept-Encoding: {first}"))
    assert is_hit(client(proxy).ask(get("/a", f"Accept-Encoding: {second}")))
    assert not is_hit(client(proxy).ask(get("/a", "Accept-Encoding: identity")))


def test_no_more_than_ten_variants_are_kept(edge, client):
    proxy = edge(fresh("x", "Vary: X-Kind"))
    for number in range(30):
        assert not is_hit(client(proxy).ask(get("/a", f"X-Kind: {number}")))
    hits = [is_hit(client(proxy).ask(get("/a", f"X-Kind: {number}", "Cache-Control: only-if-cached"))) for number in range(20, 30)]
    assert all(hits)
    assert client(proxy).ask(get("/a", "X-Kind: 1", "Cache-Control: only-if-cached")).status == 504


def test_chosen_fields_of_a_rule_are_in_the_key(edge, client):
    proxy = edge(lambda request, count: fresh(str(request.get("X-Region"))), rule={"cache": {"headers": ["X-Region"]}})
    for region in ("east", "west"):
        assert not is_hit(client(proxy).ask(get("/a", f"X-Region: {region}")))
    assert client(proxy).ask(get("/a", "x-region: east")).body == b"east"
    assert reached(proxy.origin) == 2


def test_head_is_answered_from_a_kept_get(edge, client):
    proxy = edge(fresh("body", 'ETag: "e"'))
    client(proxy).ask(get("/a"))
    connection = client(proxy)
    answer = connection.ask(get("/a", method="HEAD"))
    assert is_hit(answer) and answer.get("Content-Length") == "4" and answer.get("ETag") == '"e"'
    assert connection.ask(get("/a")).body == b"body", "no byte of a body came after the head"
    assert reached(proxy.origin) == 1


def test_a_kept_head_answers_no_get(edge, client):
    proxy = edge(fresh("body"))
    assert client(proxy).ask(get("/a", method="HEAD")).status == 200
    assert client(proxy).ask(get("/a")).body == b"body"


# MARK: what a request may ask for


@pytest.mark.parametrize("directive", ["no-cache", "max-age=0", "min-fresh=1000"])
def test_a_request_may_ask_for_a_newer_answer(edge, client, directive):
    proxy = edge(numbered("Cache-Control: max-age=60"))
    client(proxy).ask(get("/a"))
    answer = client(proxy).ask(get("/a", f"Cache-Control: {directive}"))
    assert not is_hit(answer) and answer.body == b"2" and reason(answer) == "request"
    assert client(proxy).ask(get("/a")).body == b"2", "the newer one is kept"


def test_only_if_cached_never_reaches_the_agent(edge, client):
    proxy = edge(fresh("x"))
    assert client(proxy).ask(get("/a", "Cache-Control: only-if-cached")).status == 504
    client(proxy).ask(get("/a"))
    assert is_hit(client(proxy).ask(get("/a", "Cache-Control: only-if-cached")))
    assert reached(proxy.origin) == 1


def test_a_request_may_take_a_stale_answer(edge, client):
    proxy = edge(numbered("Cache-Control: max-age=10", "Age: 20", 'ETag: "e"'))
    client(proxy).ask(get("/a"))
    answer = client(proxy).ask(get("/a", "Cache-Control: max-stale=100"))
    assert is_hit(answer) and answer.body == b"1" and int(outcome(answer)["ttl"]) < 0
    assert not is_hit(client(proxy).ask(get("/a", "Cache-Control: max-stale=1")))


def test_must_revalidate_outweighs_what_a_request_would_take(edge, client):
    proxy = edge(numbered("Cache-Control: max-age=10, must-revalidate", "Age: 20", 'ETag: "e"'))
    client(proxy).ask(get("/a"))
    assert not is_hit(client(proxy).ask(get("/a", "Cache-Control: max-stale=100")))


# MARK: conditions


CHANGED = "Wed, 21 Oct 2015 07:28:00 GMT"


@pytest.mark.parametrize("field,status", [
    ('If-None-Match: "e"', 304), ('If-None-Match: W/"e"', 304), ('If-None-Match: "x", "e"', 304), ("If-None-Match: *", 304),
    ('If-None-Match: "x"', 200), (f"If-Modified-Since: {CHANGED}", 304), ("If-Modified-Since: Thu, 22 Oct 2015 07:28:00 GMT", 304),
    ("If-Modified-Since: Tue, 20 Oct 2015 07:28:00 GMT", 200), ("If-Modified-Since: nonsense", 200),
], ids=str)
def test_a_clients_condition_is_answered_here(edge, client, field, status):
    proxy = edge(fresh("body", 'ETag: "e"', f"Last-Modified: {CHANGED}", "Vary: Accept"))
    client(proxy).ask(get("/a"))
    connection = client(proxy)
    answer = connection.ask(get("/a", field))
    assert is_hit(answer) and answer.status == status
    assert answer.get("ETag") == '"e"' and answer.get("Cache-Control") == "max-age=60" and answer.get("Vary") and answer.get("Date")
    assert answer.body == (b"body" if status == 200 else b"")
    assert connection.ask(get("/a")).body == b"body", "nothing came after the head"
    assert reached(proxy.origin) == 1


def test_a_tag_outweighs_a_date(edge, client):
    proxy = edge(fresh("body", 'ETag: "e"', f"Last-Modified: {CHANGED}"))
    client(proxy).ask(get("/a"))
    assert client(proxy).ask(get("/a", 'If-None-Match: "x"', f"If-Modified-Since: {CHANGED}")).status == 200


def test_a_stale_answer_is_asked_about_and_freshened(edge, client):
    def answer(request, count):
        if request.get("If-None-Match") == '"e"':
            return not_modified('ETag: "e"', "Cache-Control: max-age=60", "X-New: 2")
        return ok("body", 'ETag: "e"', "Cache-Control: max-age=0", "X-Old: 1", "X-New: 1")

    proxy = edge(answer)
    client(proxy).ask(get("/a"))
    second, third = client(proxy).ask(get("/a")), client(proxy).ask(get("/a"))
    assert second.status == 200 and second.body == b"body" and reason(second) == "stale" and outcome(second)["fwd-status"] == "304"
    assert is_hit(third) and third.body == b"body"
    for kept in (second, third):
        assert kept.get("X-New") == "2" and kept.get("X-Old") == "1" and kept.get("Cache-Control") == "max-age=60"
    assert [request.get("If-None-Match") for request in proxy.origin.requests] == [None, '"e"']


def test_a_stale_answer_is_asked_about_by_date(edge, client):
    proxy = edge(lambda request, count: not_modified() if request.get("If-Modified-Since") == CHANGED else ok(
        str(count), f"Last-Modified: {CHANGED}", "Cache-Control: no-cache"))
    assert [client(proxy).ask(get("/a")).body for _ in range(3)] == [b"1"] * 3
    assert reached(proxy.origin) == 3


def test_a_changed_answer_takes_the_stale_ones_place(edge, client):
    proxy = edge(lambda request, count: ok(str(count), f'ETag: "{count}"', f"Cache-Control: max-age={0 if count < 2 else 60}"))
    assert [client(proxy).ask(get("/a")).body for _ in range(4)] == [b"1", b"2", b"2", b"2"]
    assert [request.get("If-None-Match") for request in proxy.origin.requests] == [None, '"1"']


def test_a_client_that_has_the_stale_answer_is_told_that_it_still_holds(edge, client):
    proxy = edge(lambda request, count: not_modified('ETag: "e"') if count > 1 else ok("body", 'ETag: "e"', "Cache-Control: no-cache"))
    client(proxy).ask(get("/a"))
    assert client(proxy).ask(get("/a", 'If-None-Match: "e"')).status == 304
    assert client(proxy).ask(get("/a", 'If-None-Match: "other"')).body == b"body"
    assert client(proxy).ask(get("/a")).body == b"body"


def test_a_clients_own_condition_goes_on_where_nothing_is_kept(edge, client):
    proxy = edge(lambda request, count: not_modified('ETag: "e"') if request.get("If-None-Match") else fresh("body", 'ETag: "e"'))
    assert client(proxy).ask(get("/a", 'If-None-Match: "e"')).status == 304
    assert client(proxy).ask(get("/a")).body == b"body", "a 304 is nothing to give to others"


def test_what_is_fetched_again_brings_agents_no_more_of_the_edge(edge, client):
    """A 304 that speaks of another answer is of no use: all of it is asked for."""
    def answer(request, count):
        if count == 2:
            return 'HTTP/1.1 304 Not Modified\r\nETag: "b"\r\n\r\n'
        return ok(str(count), "Cache-Control: max-age=1", f'ETag: "{"a" if count == 1 else "b"}"')

    proxy = edge(answer, auth={"tokens": [{"name": "cron", "token": "let-me-in"}]})
    assert client(proxy).ask(get("/a")).body == b"1"
    time.sleep(1.2)
    assert client(proxy).ask(get("/a", "Authorization: Bearer let-me-in")).body == b"3"
    requests = proxy.origin.requests
    assert requests[1].get("If-None-Match") == '"a"' and requests[2].get("If-None-Match") is None
    assert [request.get("Authorization") for request in requests] == [None] * 3


# MARK: ranges


@pytest.mark.parametrize("asked,given,body", [
    ("bytes=2-4", "bytes 2-4/10", b"234"), ("bytes=7-", "bytes 7-9/10", b"789"), ("bytes=-3", "bytes 7-9/10", b"789"),
    ("bytes=8-100", "bytes 8-9/10", b"89"), ("bytes=-100", "bytes 0-9/10", b"0123456789"), ("bytes=0-0", "bytes 0-0/10", b"0"),
])
def test_a_part_is_cut_from_the_whole(edge, client, asked, given, body):
    proxy = edge(fresh("0123456789", 'ETag: "e"'))
    client(proxy).ask(get("/a"))
    answer = client(proxy).ask(get("/a", f"Range: {asked}"))
    assert is_hit(answer) and answer.status == 206 and answer.get("Content-Range") == given and answer.body == body
    assert answer.get("Content-Length") == str(len(body)) and answer.get("ETag") == '"e"'
    assert reached(proxy.origin) == 1


def test_several_parts_come_in_one_answer(edge, client):
    proxy = edge(fresh("0123456789", "Content-Type: text/plain"))
    client(proxy).ask(get("/a"))
    answer = client(proxy).ask(get("/a", "Range: bytes=0-1, -2"))
    assert answer.status == 206 and answer.get("Content-Type").startswith("multipart/byteranges; boundary=") and not answer.is_cut
    boundary = answer.get("Content-Type").split("boundary=")[1].strip('"').encode()
    parts = [part.strip(b"\r\n") for part in answer.body.split(b"--" + boundary)]
    assert parts[-1] == b"--" and len(parts) == 4
    for part, given, body in zip(parts[1:3], (b"bytes 0-1/10", b"bytes 8-9/10"), (b"01", b"89")):
        head, _, text = part.partition(b"\r\n\r\n")
        assert text == body and given in head and b"text/plain" in head


@pytest.mark.parametrize("asked,status", [("bytes=10-", 416), ("bytes=-0", 416), ("bytes=4-2", 200), ("lines=1-2", 200), ("bytes=a-b", 200)])
def test_a_part_that_there_is_not(edge, client, asked, status):
    proxy = edge(fresh("0123456789"))
    client(proxy).ask(get("/a"))
    answer = client(proxy).ask(get("/a", f"Range: {asked}"))
    assert answer.status == status
    if status == 416:
        assert answer.get("Content-Range") == "bytes */10"
    else:
        assert answer.body == b"0123456789"


@pytest.mark.parametrize("condition,status", [('"e"', 206), ('"x"', 200), ('W/"e"', 200), (CHANGED, 206), ("Wed, 21 Oct 2015 07:28:01 GMT", 200)])
def test_a_part_of_what_the_client_has(edge, client, condition, status):
    """If-Range: strong comparison (RFC 9110 13.1.5)."""
    proxy = edge(fresh("0123456789", 'ETag: "e"', f"Last-Modified: {CHANGED}"))
    client(proxy).ask(get("/a"))
    assert client(proxy).ask(get("/a", "Range: bytes=0-1", f"If-Range: {condition}")).status == status


def test_a_part_from_the_agent_is_no_whole(edge, client):
    def answer(request, count):
        if request.get("Range"):
            return answer_of(206, "01", "Content-Range: bytes 0-1/4", "Cache-Control: max-age=60", 'ETag: "e"')
        return fresh("0123", 'ETag: "e"')

    proxy = edge(answer)
    assert client(proxy).ask(get("/a", "Range: bytes=0-1")).body == b"01"
    assert client(proxy).ask(get("/a")).body == b"0123"


# MARK: stale


def test_a_stale_answer_is_given_while_a_new_one_is_fetched(edge, client):
    def answer(request, count):
        time.sleep(3 if count == 2 else 0)
        return ok(str(count), "Cache-Control: max-age=0, stale-while-revalidate=60" if count == 1 else "Cache-Control: max-age=60")

    proxy = edge(answer)
    client(proxy).ask(get("/a"))
    began = time.monotonic()
    answers = [client(proxy).ask(get("/a")) for _ in range(5)]
    assert time.monotonic() - began < 2.9, "nobody waited for the agent"
    assert all(is_hit(answer) and answer.body == b"1" and int(outcome(answer)["ttl"]) <= 0 for answer in answers)
    eventually(lambda: client(proxy).ask(get("/a")).body == b"2", what="the new answer")
    assert reached(proxy.origin) == 2, "one request for all"


@pytest.mark.parametrize("level", ["cache", "rule"])
def test_a_setting_may_let_stale_answers_serve(edge, client, level):
    cache = {"staleWhileRevalidate": "60s"}
    proxy = edge(numbered("Cache-Control: max-age=0"), **({"cache": cache} if level == "cache" else {"rule": {"cache": cache}}))
    client(proxy).ask(get("/a"))
    assert client(proxy).ask(get("/a")).body == b"1"


@pytest.mark.parametrize("trouble", ["500", "502", "503", "504", "closed"])
@pytest.mark.parametrize("level", ["answer", "cache", "rule"])
def test_a_stale_answer_is_given_while_the_agent_fails(edge, client, trouble, level):
    def answer(request, count):
        if count == 1:
            return ok("good", "Cache-Control: max-age=0" + (", stale-if-error=60" if level == "answer" else ""))
        return None if trouble == "closed" else answer_of(trouble, "bad")

    setting = {"staleIfError": "60s"}
    proxy = edge(answer, **{"answer": {}, "cache": {"cache": setting}, "rule": {"rule": {"cache": setting}}}[level])
    client(proxy).ask(get("/a"))
    answer = client(proxy).ask(get("/a"))
    assert answer.status == 200 and answer.body == b"good"


@pytest.mark.parametrize("fields", [["Cache-Control: max-age=0"], ["Cache-Control: max-age=0, must-revalidate, stale-if-error=60"]], ids=["no leave", "must-revalidate"])
def test_no_stale_answer_without_leave(edge, client, fields):
    proxy = edge(lambda request, count: ok("good", *fields) if count == 1 else answer_of(500, "bad"))
    client(proxy).ask(get("/a"))
    assert client(proxy).ask(get("/a")).status >= 500


# MARK: what unsafe methods do


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_an_unsafe_methods_success_makes_what_is_kept_invalid(edge, client, method):
    proxy = edge(lambda request, count: fresh(str(count)))
    client(proxy).ask(get("/a"))
    client(proxy).ask(get("/b"))
    time.sleep(0.01)  # of two things in one millisecond, which came first is not known
    assert client(proxy).ask(post("/a", "x", method=method)).status == 200
    assert client(proxy).ask(get("/a")).body == b"3" and client(proxy).ask(get("/b")).body == b"1"


def test_a_failed_unsafe_method_leaves_it(edge, client):
    proxy = edge(lambda request, count: fresh(str(count)) if request.method == "GET" else answer_of(500))
    client(proxy).ask(get("/a"))
    time.sleep(0.01)
    assert client(proxy).ask(post("/a", "x")).status == 500
    assert is_hit(client(proxy).ask(get("/a")))


@pytest.mark.parametrize("field", ["Location", "Content-Location"])
@pytest.mark.parametrize("address,goes", [("/made", True), ("http://proxy.test/made", True), ("http://other.test/made", False)])
def test_what_the_answer_names_is_invalid_too(edge, client, field, address, goes):
    proxy = edge(lambda request, count: fresh(str(count)) if request.method == "GET" else answer_of(201, "", f"{field}: {address}"))
    client(proxy).ask(get("/made"))
    time.sleep(0.01)
    client(proxy).ask(post("/all", "x"))
    assert is_hit(client(proxy).ask(get("/made"))) is not goes


def test_options_makes_nothing_invalid(edge, client):
    proxy = edge(lambda request, count: fresh(str(count)))
    client(proxy).ask(get("/a"))
    client(proxy).ask(get("/a", method="OPTIONS"))
    assert is_hit(client(proxy).ask(get("/a")))


# MARK: how long


def test_a_default_lifetime_holds_for_answers_that_say_nothing(edge, client):
    proxy = edge(numbered(), {"defaultTTL": "10m"})
    assert [client(proxy).ask(get("/a")).body for _ in range(3)] == [b"1"] * 3


@pytest.mark.parametrize("field", ["Authorization: Basic YTpi", "X-OpenClaw-Session-Key: agent:main", "Cookie: id=7"], ids=lambda field: field.split(":")[0])
def test_a_default_lifetime_is_not_for_somebodys_own(edge, client, field):
    proxy = edge(numbered(), {"defaultTTL": "10m"})
    assert [client(proxy).ask(get("/a", field)).body for _ in range(2)] == [b"1", b"2"]
    assert client(proxy).ask(get("/a")).body == b"3"


@pytest.mark.parametrize("fields", [["Cache-Control: no-store"], ["Cache-Control: no-cache"], ["Cache-Control: max-age=0"], ["Expires: 0"], ["Set-Cookie: a=1"]], ids=lambda fields: fields[0])
def test_a_default_lifetime_is_no_word_against_the_origins(edge, client, fields):
    proxy = edge(numbered(*fields), {"defaultTTL": "10m"})
    assert [client(proxy).ask(get("/a")).body for _ in range(2)] == [b"1", b"2"]


def test_without_a_lifetime_a_tenth_of_the_age_counts(edge, client):
    modified = formatdate(time.time() - 100 * DAY, usegmt=True)
    proxy = edge(lambda request, count: ok("x", f"Last-Modified: {modified}"))
    client(proxy).ask(get("/a"))
    answer = client(proxy).ask(get("/a"))
    assert is_hit(answer) and 0 < int(outcome(answer)["ttl"]) <= DAY, "no more than a day"


def test_a_lifetime_ends(edge, client):
    proxy = edge(numbered("Cache-Control: max-age=1"))
    assert [client(proxy).ask(get("/a")).body for _ in range(2)] == [b"1", b"1"]
    eventually(lambda: client(proxy).ask(get("/a")).body == b"2", 5, what="a second fetch")


@pytest.mark.parametrize("status", [404, 410])
def test_absence_is_kept_as_long_as_the_setting_says(edge, client, status):
    proxy = edge(lambda request, count: answer_of(status, str(count)), {"negative": {"404": "10s", "410": "10s"}})
    answers = [client(proxy).ask(get("/a")) for _ in range(2)]
    assert [(answer.status, answer.body) for answer in answers] == [(status, b"1")] * 2


@pytest.mark.parametrize("status", [404, 410, 400, 500, 503])
def test_an_error_is_not_kept_by_itself(edge, client, status):
    proxy = edge(lambda request, count: answer_of(status, str(count)))
    assert [client(proxy).ask(get("/a")).body for _ in range(2)] == [b"1", b"2"]


def test_caches_on_the_way_may_be_told_otherwise_than_clients(edge, client):
    """RFC 9213."""
    proxy = edge(numbered("Cache-Control: no-store", "CDN-Cache-Control: max-age=60"))
    answers = [client(proxy).ask(get("/a")) for _ in range(2)]
    assert is_hit(answers[1]) and answers[1].get("Cache-Control") == "no-store" and answers[1].get("CDN-Cache-Control") == "max-age=60"


def test_a_targeted_field_may_be_taken_away_and_another_given(edge, client):
    proxy = edge(numbered("Cache-Control: max-age=60", "CDN-Cache-Control: max-age=90"), {"targeted": {"keep": False, "emit": "surrogate-control", "maxAge": "50s"}})
    for answer in [client(proxy).ask(get("/a")) for _ in range(2)]:
        assert answer.get("CDN-Cache-Control") is None and answer.get("Surrogate-Control") == "max-age=50"


def test_clients_are_told_a_lifetime_where_the_agent_told_none(edge, client):
    proxy = edge(lambda request, count: ok("x", *(["Cache-Control: max-age=7"] if request.target == "/said" else [])), {
        "defaultTTL": "10m", "cacheControl": {"enabled": True, "maxAge": 30}})
    for _ in range(2):
        assert client(proxy).ask(get("/a")).get("Cache-Control") == "max-age=30"
        assert client(proxy).ask(get("/said")).get("Cache-Control") == "max-age=7"


# MARK: rules and configurations


def test_without_layers_nothing_is_kept(edge, client):
    proxy = edge(numbered("Cache-Control: max-age=60"), {"layers": []})
    answers = [client(proxy).ask(get("/a")) for _ in range(2)]
    assert [answer.body for answer in answers] == [b"1", b"2"] and answers[1].get("Cache-Status") is None


@pytest.mark.parametrize("cache,rule", [({"enabled": False}, {}), ({}, {"cache": {"strategy": "off"}})], ids=["everywhere", "a rule"])
def test_keeping_may_be_off(edge, client, cache, rule):
    proxy = edge(numbered("Cache-Control: max-age=60"), cache, rule)
    assert [client(proxy).ask(get("/a")).body for _ in range(2)] == [b"1", b"2"]


def test_two_rules_have_entries_of_their_own(start_proxy, raw_agent, client):
    agents = [raw_agent(scripted(lambda request, count, name=name: fresh(name))) for name in ("one", "two")]
    rules = [{"name": name, "match": {"type": "prefix", "pattern": "/", "headers": {"x-which": name}}, "target": name} for name in ("one", "two")]
    proxy = start_proxy(cached(), [agent.settings(name) for agent, name in zip(agents, ("one", "two"))], rules)
    for _ in range(2):
        for name in ("one", "two"):
            assert client(proxy).ask(get("/a", f"X-Which: {name}")).body.decode() == name
    assert [reached(agent) for agent in agents] == [1, 1]


TOKENS = [{"name": "ada", "tenant": "blue", "token": "ada-token"}, {"name": "eve", "tenant": "blue", "token": "eve-token"},
          {"name": "bob", "tenant": "red", "token": "bob-token"}]


def test_each_tenant_has_entries_of_its_own(edge, client):
    proxy = edge(lambda request, count: fresh(str(count)), rule={"requiresAuth": True}, auth={"tokens": TOKENS})
    ask = lambda name: client(proxy).ask(get("/a", f"Authorization: Bearer {name}-token")).body
    assert [ask("ada"), ask("bob"), ask("eve"), ask("bob"), ask("ada")] == [b"1", b"2", b"1", b"2", b"1"]
    assert client(proxy).ask(get("/a")).status == 401, "a hit is for those who are let in"


def test_a_rule_may_share_entries_among_tenants(edge, client):
    proxy = edge(lambda request, count: fresh(str(count)), rule={"requiresAuth": True, "cache": {"tenant": False}}, auth={"tokens": TOKENS})
    assert [client(proxy).ask(get("/a", f"Authorization: Bearer {name}-token")).body for name in ("ada", "bob")] == [b"1", b"1"]


def test_what_is_a_tenants_own_is_private_to_clients(edge, client):
    proxy = edge(numbered(), {"defaultTTL": "10m", "cacheControl": {"enabled": True}}, {"requiresAuth": True, "cache": {"ttl": "10m"}}, auth={"tokens": TOKENS})
    for _ in range(2):
        said = client(proxy).ask(get("/a", "Authorization: Bearer ada-token")).get("Cache-Control")
        assert said is None or "private" in said


def test_an_answer_of_a_fallback_is_not_kept_for_the_first_choice(start_proxy, raw_agent, client):
    """The agent that was meant fails for a while; what the other said meanwhile is not what it says."""
    state = {"fails": True}

    def first(request, count):
        return None if state["fails"] else fresh("first")

    agents = [raw_agent(scripted(first)).settings("first"), raw_agent(scripted(lambda request, count: fresh("second"))).settings("second")]
    rule = {"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "first", "fallback": "second"}
    breaker = {"enabled": True, "maxFails": 1, "cooldown": "300ms"}
    proxy = start_proxy(cached(loadBalancing={"circuitBreaker": breaker}), agents, [rule])
    ask = lambda: client(proxy).ask(get("/a"))
    eventually(lambda: ask().body == b"second", what="the fallback")
    state["fails"] = False
    eventually(lambda: ask().body == b"first", what="the first choice")
    assert is_hit(ask()) and ask().body == b"first"


def test_rewritten_paths_are_keyed_as_they_are_sent(edge, client):
    proxy = edge(lambda request, count: fresh(request.target), rule={"rewrite": {"addPrefix": "/v2"}})
    assert client(proxy).ask(get("/a")).body == client(proxy).ask(get("/a")).body == b"/v2/a"
    assert reached(proxy.origin) == 1


def test_fields_that_a_rule_sets_stand_in_hits_too(edge, client):
    proxy = edge(fresh("x"), rule={"headers": {"response": {"set": {"X-Stamp": "mine"}}}})
    for _ in range(2):
        assert client(proxy).ask(get("/a")).all("X-Stamp") == ["mine"]


def test_a_hit_has_an_access_line_and_no_agent(edge, client):
    proxy = edge(fresh("12345"))
    for _ in range(2):
        client(proxy).ask(get("/a"))
    lines = eventually(lambda: len(proxy.access_lines()) >= 2 and proxy.access_lines(), what="two access lines")
    assert lines[0]["agent"] == "raw" and not lines[1].get("agent") and lines[1]["status"] == 200
    assert json.dumps(lines[1]).count("hit") >= 1, "the line tells that it was a hit"


def test_shadow_serves_nobody(edge, client):
    proxy = edge(numbered("Cache-Control: max-age=60"), {"shadow": True})
    answers = [client(proxy).ask(get("/a")) for _ in range(3)]
    assert [answer.body for answer in answers] == [b"1", b"2", b"3"] and not any(is_hit(answer) for answer in answers)


def test_nothing_of_a_connection_is_kept(edge, client):
    """RFC 9111 3.1: what concerns one connection is not stored."""
    proxy = edge(fresh("x", "Connection: X-Mine", "X-Mine: 1", "Keep-Alive: timeout=3", "Proxy-Authenticate: Basic", "X-Yours: 2"))
    for _ in range(2):
        answer = client(proxy).ask(get("/a"))
        assert answer.get("X-Mine") is None and answer.get("Keep-Alive") is None and answer.get("X-Yours") == "2"
