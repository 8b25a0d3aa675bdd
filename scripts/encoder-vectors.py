#!/usr/bin/env python3
"""Computes in 64 bits, with numpy alone, the vectors that the tests of the sentence encoders expect.

    scripts/encoder-vectors.py tiny > Tests/SemanticsTests/Encoders/TinyEncoderVectors.swift
    scripts/encoder-vectors.py minilm DIRECTORY > Tests/SemanticsTests/Encoders/MiniLMVectors.swift

`tiny` are models of random weights that Tests/SemanticsTests/Encoders/TinyEncoder.swift makes by the same rule; `minilm` needs
the Python packages tokenizers and safetensors, and a directory made by scripts/minilm-directory.py.
"""
import math
import pathlib
import sys

import numpy as np

WORDS = "the a cat dog sat on mat code write run ##s ##ing 天 气 猫 我".split()
TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + WORDS
POSITIONS = 16
TINY_TEXTS = ["", "the cat sat on the mat", "write code", "天 气 zebra 猫", "the dog " * 20]
# width, layers, heads, inner: one of whole vector lanes, one of none.
SHAPES = {"even": (32, 2, 4, 64), "odd": (20, 2, 2, 27)}

MINILM_TEXTS = [
    "", "Hello, world!", "帮我写代码", "今天天气怎么样", "写一个快速排序的 Python 函数", "😀🎉 party time", "naïve café ÀÉÎõü", "ＦＵＬＬ　ｗｉｄｔｈ １２３",
    "Привет, как дела?", "한국어 문장입니다", "日本語のテキスト、東京タワー。", "हिन्दी में लिखो नमस्ते", "العربية السلام عليكم", "$100.50 & 30% off!!! #deal @you",
    "def f(x):\n    return x**2 + foo_bar[3]  # comment", "supercalifragilisticexpialidocious", ("a", 150), "line one\r\nline two\ttab",
    "what is the capital of australia and why", ("long text about shipping container ships and ports ", 60),
]
PLACES = range(0, 384, 48)
ERF = np.vectorize(math.erf)


def numbers(seed):
    """SplitMix64; the upper eight bits from -1 to 1, exact in F32, F16 and BF16."""
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & (1 << 64) - 1
        z = state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
        z = (z ^ z >> 27) * 0x94D049BB133111EB & (1 << 64) - 1
        z ^= z >> 31
        yield ((z >> 56) - 128) / 128


def tiny(width, layers, heads, inner):
    random = numbers(2026)
    weights = {}

    def add(name, *shape):
        size = math.prod(shape)
        values = np.array([next(random) for _ in range(size)]).reshape(shape)
        weights[name] = values + 1 if name.endswith("LayerNorm.weight") else values if len(shape) == 1 or name.startswith("emb") else values / 4

    def norm(name):
        add(name + ".weight", width)
        add(name + ".bias", width)

    def linear(name, outputs, inputs):
        add(name + ".weight", outputs, inputs)
        add(name + ".bias", outputs)

    add("embeddings.word_embeddings.weight", len(TOKENS), width)
    add("embeddings.position_embeddings.weight", POSITIONS, width)
    add("embeddings.token_type_embeddings.weight", 2, width)
    norm("embeddings.LayerNorm")
    for layer in range(layers):
        name = f"encoder.layer.{layer}."
        for part in ("query", "key", "value"):
            linear(name + "attention.self." + part, width, width)
        linear(name + "attention.output.dense", width, width)
        norm(name + "attention.output.LayerNorm")
        linear(name + "intermediate.dense", inner, width)
        linear(name + "output.dense", width, inner)
        norm(name + "output.LayerNorm")
    return weights


def forward(weights, ids, layers, heads):
    def linear(x, name):
        return x @ weights[name + ".weight"].T + weights[name + ".bias"]

    def norm(x, name):
        x = x - x.mean(1, keepdims=True)
        x = x / np.sqrt((x * x).mean(1, keepdims=True) + 1e-12)
        return x * weights[name + ".weight"] + weights[name + ".bias"]

    e = "embeddings."
    x = weights[e + "word_embeddings.weight"][ids] + weights[e + "position_embeddings.weight"][: len(ids)]
    x = norm(x + weights[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
    count, width = x.shape
    for layer in range(layers):
        name = f"encoder.layer.{layer}."
        q, k, v = (
            linear(x, name + "attention.self." + part).reshape(count, heads, -1).transpose(1, 0, 2) for part in ("query", "key", "value")
        )
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(width // heads)
        scores = np.exp(scores - scores.max(2, keepdims=True))
        scores /= scores.sum(2, keepdims=True)
        mixed = (scores @ v).transpose(1, 0, 2).reshape(count, width)
        x = norm(x + linear(mixed, name + "attention.output.dense"), name + "attention.output.LayerNorm")
        inner = linear(x, name + "intermediate.dense")
        inner = 0.5 * inner * (1 + ERF(inner / math.sqrt(2)))
        x = norm(x + linear(inner, name + "output.dense"), name + "output.LayerNorm")
    return x


def pooled(rows, pooling):
    vector = rows.mean(0) if pooling == "mean" else rows[0]
    return vector / np.linalg.norm(vector)


def tiny_ids(text):
    inner = [TOKENS.index(word) if word in TOKENS else 1 for word in text.split()]
    return [2] + inner[: POSITIONS - 2] + [3]


def swift_list(vector, indent):
    lines, texts = [], [f"{value:.7g}" for value in vector]
    while texts:
        lines.append(indent + ", ".join(texts[:8]) + ",")
        texts = texts[8:]
    return "\n".join(lines)


def swift_text(text):
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\u{{{ord(c):x}}}" for c in text) + '"'


def print_tiny():
    print("/// What numpy computes for the models of `TinyEncoder`. Made by scripts/encoder-vectors.py; do not edit.")
    print("enum TinyEncoderVectors {")
    for name, shape in SHAPES.items():
        weights = tiny(*shape)
        for pooling in ("mean", "cls"):
            print(f"    static let {name}{pooling.capitalize()}: [[Float]] = [")
            for text in TINY_TEXTS:
                vector = pooled(forward(weights, tiny_ids(text), shape[1], shape[2]), pooling)
                print(f"        [\n{swift_list(vector, ' ' * 12)}\n        ],")
            print("    ]")
    print("}")


def print_minilm(directory):
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    weights = {name: value.astype(np.float64) for name, value in load_file(directory / "model.safetensors").items()}
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    print("/// What numpy computes for all-MiniLM-L6-v2: of each text's vector, every 48th number.")
    print("/// Made by scripts/encoder-vectors.py; do not edit.")
    print("enum MiniLMVectors {\n    static let vectors: [(text: String, numbers: [Float])] = [")
    for entry in MINILM_TEXTS:
        text, count = (entry, 1) if isinstance(entry, str) else entry
        spelling = swift_text(text) if count == 1 else f"String(repeating: {swift_text(text)}, count: {count})"
        text *= count
        vector = pooled(forward(weights, tokenizer.encode(text).ids, 6, 12), "mean")
        print(f"        (\n            {spelling},\n            [{', '.join(f'{vector[i]:.6f}' for i in PLACES)}]\n        ),")
    print("    ]\n}")


if __name__ == "__main__":
    if sys.argv[1:] == ["tiny"]:
        print_tiny()
    elif len(sys.argv) == 3 and sys.argv[1] == "minilm":
        print_minilm(pathlib.Path(sys.argv[2]))
    else:
        sys.exit(__doc__)
