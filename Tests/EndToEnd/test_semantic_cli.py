"""`clawproxy semantic`: measured, judged and tuned without a proxy, and fit for pipes."""
import json
import select
import subprocess

import pytest

from control import Edge, start_edge  # noqa: F401
from processes import CLAWPROXY, SHARED, environment

RULES = [
    {"name": "talk", "match": {"type": "semantic", "categories": ["conversation", "qa", "general"], "threshold": 0.6}, "target": "a"},
    {"name": "coding", "match": {"type": "semantic", "categories": ["code", "debug"], "threshold": 0.999}, "target": "a"},
]
CONFIGURATION = {
    "agents": {"discovery": {"static": [{"id": "a", "endpoint": "http://127.0.0.1:9"}]}}, "routing": {"default": "a", "rules": RULES}}
FIGURES = ["accuracy", "macroF1", "auroc", "calibrationError", "microsecondsPerDecision"]
LABELLED = [
    ("coding", "write a function that reverses a linked list"), ("coding", "fix the null pointer exception in this class"),
    ("code", "写一个快速排序的函数"), ("debug", "why does this loop never end in Python"), ("talk", "hello, how are you today?"),
    ("talk", "你好，最近怎么样"), ("oos", "translate this contract into German"), ("oos", "paint a picture of a cat in the rain"),
]


def semantic(folder, *words, given=None, env=None):
    return subprocess.run(
        [str(CLAWPROXY), "semantic", *map(str, words)], input=given, capture_output=True, text=True, timeout=60, env=environment(folder, env))


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def prompts(tmp_path):
    """Two classes that are easily told apart, in two languages, and some that are neither."""
    things = ["soup", "bread", "noodles", "rice", "salad", "cake", "curry", "stew"]
    rows = [{"id": f"{verb}{number}", "lang": lang, "text": text.format(verb, thing), "label": f"{verb}-{number % 2}", "route": verb}
            for verb in ("cook", "sell") for number, thing in enumerate(things)
            for lang, text in (("en", "how do I {0} a {1}"), ("zh", "{0} 一个 {1} 怎么办"))]
    rows += [{"id": f"o{number}", "lang": "en", "text": text, "label": "oos", "route": "oos"}
             for number, text in enumerate(["the moon is bright", "who won the match", "paint it black"])]
    file = tmp_path / "prompts.jsonl"
    file.write_text(lines(rows))
    return file


@pytest.fixture
def configured(tmp_path):
    file = tmp_path / "gateway.json"
    file.write_text(json.dumps(CONFIGURATION))
    return ["--config-file", file]


def test_eval_prints_its_figures_and_json_is_one_line(tmp_path, prompts):
    done = semantic(tmp_path, "eval", prompts, "--k", "4")
    assert done.returncode == 0, done.stderr
    for words in ("8 examples of 2 classes (route) learnt; 27 texts asked, 3 of them unknown, seed 1", "accuracy", "macro-F1", "AUROC of unknowns",
                  "calibration error", "99 % within", "learning", "LANGUAGE", "zh"):
        assert words in done.stdout, (words, done.stdout)
    done = semantic(tmp_path, "eval", prompts, "--k", "4", "--json")
    figures = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1 and list(figures) == FIGURES and 0 <= figures["accuracy"] <= 1 and figures["microsecondsPerDecision"] > 0
    again = json.loads(semantic(tmp_path, "eval", prompts, "--k", "4", "--json", "--seed", "1").stdout)
    assert [again[name] for name in FIGURES[:4]] == [figures[name] for name in FIGURES[:4]], "the same seed, the same figures"


def test_several_seeds_are_their_mean(tmp_path, prompts):
    def accuracy(*words):
        return json.loads(semantic(tmp_path, "eval", prompts, "--k", "1", "--json", *words).stdout)["accuracy"]
    each = [accuracy("--seed", seed) for seed in (1, 2, 3)]
    assert accuracy("--seed", "1,2,3") == pytest.approx(sum(each) / 3, abs=2e-6)
    assert accuracy("--seed", "1", "--seed", "2,3") == pytest.approx(sum(each) / 3, abs=2e-6)


def test_labels_languages_and_examples(tmp_path, prompts):
    done = semantic(tmp_path, "eval", prompts, "--k", "2", "--by", "label", "--lang", "zh")
    assert "8 examples of 4 classes (label) learnt; 8 texts asked, 0 of them unknown" in done.stdout, done.stdout
    assert json.loads(semantic(tmp_path, "eval", prompts, "--k", "2", "--lang", "zh", "--json").stdout)["auroc"] is None
    cooking = tmp_path / "cooking.jsonl"
    cooking.write_text(lines(row for row in map(json.loads, prompts.read_text().splitlines()) if row["route"] == "cook"))
    done = semantic(tmp_path, "eval", prompts, "--examples", cooking)
    assert "16 examples of 1 class" in done.stdout and "35 texts asked, 19 of them unknown" in done.stdout, done.stdout
    assert "1 class of the rows without examples to learn, counted as unknown: sell (16)" in done.stderr
    assert semantic(tmp_path, "eval", "-", "--k", "2", given=prompts.read_text()).returncode == 0


@pytest.mark.parametrize("content, words", [
    ('{"text": "a", "route": "b"}\n{"text": "c"', ":2: column "), ('{"route": "b"}', ":1: text is missing"), ('{"text": "a"}', ":1: route is missing"),
    ('{"text": 1, "route": "b"}', ":1: text: expected a string"), ("\n\n", "there is no row in it"), ("[]", ":1: expected an object")])
def test_rows_that_are_wrong_are_told_with_file_and_line(tmp_path, content, words):
    file = tmp_path / "bad.jsonl"
    file.write_text(content)
    done = semantic(tmp_path, "eval", file, "--k", "3")
    assert done.returncode == 1 and done.stdout == "" and str(file) in done.stderr and words in done.stderr, done.stderr


@pytest.mark.parametrize("words, message", [
    ([], "expected --k COUNT, or --examples FILE"), (["--k", "0"], "--k: expected 1 or more"), (["--k", "2", "--seed", "x"], "--seed: expected whole numbers"),
    (["--k", "2", "--by", "id"], "--by")])
def test_what_is_asked_wrongly_is_a_question_of_usage(tmp_path, prompts, words, message):
    done = semantic(tmp_path, "eval", prompts, *words)
    assert done.returncode == 64 and message in done.stderr, done.stderr


def test_files_and_encoders_that_are_not_there(tmp_path, prompts):
    done = semantic(tmp_path, "eval", tmp_path / "none.jsonl", "--k", "2")
    assert done.returncode == 1 and "none.jsonl: cannot be read: no such file" in done.stderr
    done = semantic(tmp_path, "eval", prompts, "--k", "2", "--tier", tmp_path / "model")
    assert done.returncode == 1 and str(tmp_path / "model") in done.stderr, done.stderr
    assert "no row has lang 'xx'" in semantic(tmp_path, "eval", prompts, "--k", "2", "--lang", "xx").stderr


@pytest.mark.skipif(not (SHARED / "semantic").is_dir(), reason="the labelled prompts are not there")
def test_the_shared_prompts_are_read(tmp_path):
    done = semantic(tmp_path, "eval", SHARED / "semantic/xsid_en_zh_parallel.jsonl", "--k", "20", "--lang", "zh", "--json")
    assert json.loads(done.stdout)["accuracy"] > 0.9, done.stdout + done.stderr


def test_classify_answers_each_line_with_a_line(tmp_path, configured):
    given = "\n".join([
        "帮我写一个快速排序的函数", '{"message": "hello, how are you today?"}', "", '{"messages": [{"role": "user", "content": "你好"}]}', "{ not json",
        '{"text": "hello there, my friend"}']) + "\n"
    done = semantic(tmp_path, "classify", *configured, given=given)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and done.stderr == "" and len(rows) == 6 and all(list(row) == ["route", "score", "tier"] for row in rows)
    assert rows[1]["route"] == "talk" and rows[1]["score"] >= 0.6 and rows[1]["tier"] == "builtin"
    assert rows[2] == {"route": None, "score": 0.0, "tier": "none"}
    assert rows[0]["route"] is None and 0 < rows[0]["score"] < 0.999, "below its threshold"


def test_classify_answers_before_the_next_line_comes(tmp_path, configured):
    process = subprocess.Popen(
        [str(CLAWPROXY), "semantic", "classify", *map(str, configured)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(tmp_path))
    try:
        for text in ("hello, how are you", "你好，最近怎么样"):
            process.stdin.write(f"{text}\n".encode())
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 20)[0], "an answer to each line at once"
            assert json.loads(process.stdout.readline())["route"] == "talk"
        process.stdin.close()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


def test_classify_of_one_text_and_without_rules(tmp_path, configured):
    done = semantic(tmp_path, "classify", "--text", "帮我写代码", "--verbose")
    row = json.loads(done.stdout)
    assert row["route"] == "code" and "has no semantic rules" in done.stderr
    assert [category["name"] for category in row["categories"]][0] == "code" and len(row["categories"]) == 3
    assert json.loads(semantic(tmp_path, "classify", "--text", "把这句话翻译成英文").stdout)["route"] == "translation"
    broken = tmp_path / "broken.json"
    broken.write_text('{"routing": {"rules": 7}}')
    done = semantic(tmp_path, "classify", "--text", "x", "--config-file", broken)
    assert done.returncode == 1 and "routing.rules" in done.stderr and done.stdout == ""


def test_tune_prints_a_patch_that_config_patch_takes(start_edge, tmp_path):
    edge = start_edge(CONFIGURATION)
    file = tmp_path / "labelled.jsonl"
    file.write_text(lines({"text": text, "route": route} for route, text in LABELLED))
    done = edge.cli("semantic", "tune", file)
    assert done.returncode == 0, done.stderr
    for words in ("RULE", "THRESHOLD", "coding", "0.999 -> ", "8 rows: ", "go where they should"):
        assert words in done.stderr, (words, done.stderr)
    patch = json.loads(done.stdout)
    thresholds = {rule["name"]: rule["match"]["threshold"] for rule in patch["routing"]["rules"]}
    assert 0 < thresholds["coding"] < 0.999
    assert edge.cli("config", "patch", "--stdin", given=done.stdout).returncode == 0
    rules = {rule["name"]: rule for rule in json.loads(edge.text)["gateway"]["routing"]["rules"]}
    assert rules["coding"]["match"]["threshold"] == thresholds["coding"] and rules["coding"]["match"]["categories"] == ["code", "debug"]
    assert list(rules) == ["talk", "coding"], "merged by name"
    again = edge.cli("semantic", "tune", file)
    assert json.loads(again.stdout) == {} and "nothing to change" in again.stderr, "what is best stays"


def test_tune_by_precision_and_what_it_cannot_tell(tmp_path, configured):
    file = tmp_path / "labelled.jsonl"
    file.write_text(lines({"text": text, "label": route} for route, text in LABELLED))
    done = semantic(tmp_path, "tune", file, "--precision", "1", *configured)
    assert done.returncode == 0 and json.loads(done.stdout)["routing"]["rules"], done.stderr
    assert semantic(tmp_path, "tune", file, "--precision", "7", *configured).returncode == 64
    done = semantic(tmp_path, "tune", file)
    assert done.returncode == 1 and "no semantic rules, so there is no threshold to tune" in done.stderr
    file.write_text(lines([{"text": "x", "route": "codng"}]))
    done = semantic(tmp_path, "tune", file, *configured)
    assert done.returncode == 1 and "did you mean 'coding'" in done.stderr, done.stderr
