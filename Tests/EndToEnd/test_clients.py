"""Real clients through the proxy."""
import json
import shutil
import subprocess

import httpx
import openai
import pytest

SAY = [{"role": "user", "content": "one two three four"}]


@pytest.fixture
def ai(shared_proxy):
    with openai.OpenAI(
        base_url=f"{shared_proxy.url}/v1", api_key="sk-test", max_retries=0, http_client=httpx.Client(trust_env=False)) as client:
        yield client


def test_openai_completions(ai):
    answer = ai.chat.completions.create(model="openclaw/default", messages=SAY)
    assert "one two three four" in answer.choices[0].message.content and answer.usage.total_tokens > 0


def test_openai_streams_word_by_word_and_ends(ai):
    stream = ai.chat.completions.create(model="openclaw", messages=SAY, stream=True, stream_options={"include_usage": True})
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "one two three four" in text and len(chunks) > 4 and chunks[-1].usage.total_tokens > 0


def test_openai_models(ai):
    assert "openclaw" in [model.id for model in ai.models.list()]


def test_openai_sees_the_proxys_own_errors_with_their_code(start_proxy):
    from processes import free_port

    proxy = start_proxy({}, [{"id": "dead", "endpoint": f"http://127.0.0.1:{free_port()}"}])
    client = openai.OpenAI(
        base_url=f"{proxy.url}/v1", api_key="k", max_retries=0, http_client=httpx.Client(trust_env=False))
    with pytest.raises(openai.InternalServerError) as found:
        client.chat.completions.create(model="m", messages=SAY)
    assert found.value.status_code == 502 and found.value.code == "connect_failed"


def test_chat_in_json_and_as_a_stream(shared_proxy):
    with httpx.Client(base_url=shared_proxy.url, trust_env=False) as client:
        whole = client.post("/api/v1/chat", json={"message": "hello you", "agent": "a", "stream": False}).json()
        assert "hello you" in whole["content"]
        with client.stream("POST", "/api/v1/chat/stream", json={"message": "hello you"}) as answer:
            lines = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
        assert "hello you" in "".join(line["content"] for line in lines)


def test_httpx_sends_and_takes_bodies_of_any_kind(shared_proxy):
    import zlib

    def pieces():
        for number in range(50):
            yield bytes([number]) * 1000

    with httpx.Client(base_url=shared_proxy.url, trust_env=False, timeout=30) as client:
        seen = client.post("/x", content=pieces()).json()
        assert seen["bodyLength"] == 50_000 and seen["adler32"] == zlib.adler32(b"".join(pieces()))
        assert len(client.get("/bytes/20000000").content) == 20_000_000
        assert len(client.get("/bytes/20000000?chunked").content) == 20_000_000
        assert client.head("/bytes/5").headers["content-length"] == "5"
        assert client.delete("/x").json()["method"] == "DELETE" and client.options("/x").json()["method"] == "OPTIONS"


def curl(*arguments, **options):
    assert shutil.which("curl"), "curl is not installed"
    return subprocess.run(["curl", "-sS", "--noproxy", "*", "--max-time", "20", *arguments], capture_output=True, timeout=30, **options)


def test_curl_gets_posts_and_expects(shared_proxy, tmp_path):
    assert json.loads(curl(f"{shared_proxy.url}/a?b=c").stdout)["target"] == "/a?b=c"
    large = tmp_path / "large"
    large.write_bytes(b"z" * 3_000_000)
    done = curl("-H", "Expect: 100-continue", "--data-binary", f"@{large}", f"{shared_proxy.url}/x")
    assert json.loads(done.stdout)["bodyLength"] == 3_000_000, done.stderr
    done = curl("-T", "-", f"{shared_proxy.url}/x", input=b"from a pipe")
    assert json.loads(done.stdout)["bodyLength"] == 11


def test_curl_sees_a_cut_answer(start_proxy, raw_agent):
    for text, code in (
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", 18),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n", 18),
    ):
        agent = raw_agent(lambda wire, text=text: (wire.request(), wire.send(text)))
        done = curl(start_proxy({}, [agent]).url)
        assert done.returncode == code, (done.returncode, done.stderr)


def test_curl_of_http_1_0_and_head(shared_proxy):
    assert curl("-0", f"{shared_proxy.url}/bytes/10?chunked").stdout == bytes(range(10))
    assert b"Content-Length: 10" in curl("-I", f"{shared_proxy.url}/bytes/10").stdout


def test_curl_asking_for_http_2_stays_at_1_1(shared_proxy):
    done = curl("--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", f"{shared_proxy.url}/")
    assert done.stdout == b"1.1 200"


@pytest.mark.slow
def test_wrk_with_a_thousand_connections_sees_no_error(shared_proxy):
    if not shutil.which("wrk"):
        pytest.skip("wrk is not installed")
    done = subprocess.run(
        ["wrk", "-t2", "-c1000", "-d6s", "--timeout", "30s", f"{shared_proxy.url}/bytes/1000"], capture_output=True, text=True, timeout=60)
    assert "Non-2xx" not in done.stdout and "Socket errors" not in done.stdout, done.stdout
    assert " 0 requests in" not in done.stdout
