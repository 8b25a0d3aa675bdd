#!/usr/bin/env bash
# Fuzzes the HTTP/1 parser for a number of seconds (600), seeded with the shared corpora: coverage-guided where the
# toolchain links libFuzzer, else by the seeded mutator of the tests. usage: fuzz.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}
shared=${CLAWPROXY_SHARED:-../shared}
work=.build/fuzz
mkdir -p "$work/corpus"
python3 - "$shared" "$work/corpus" <<'SEEDS'
import base64, glob, json, sys
for file in glob.glob(sys.argv[1] + "/corpora/http1/*.jsonl"):
    rows = [json.loads(line) for line in open(file)]
    for number, row in enumerate(rows[:: max(1, len(rows) // 300)]):
        name = file.rsplit("/", 1)[1].split(".")[0]
        side = 1 if "responses" in file else 0
        open(f"{sys.argv[2]}/{name}-{number}", "wb").write(bytes([side]) + base64.b64decode(row["raw"]))
SEEDS
if swiftc -O -parse-as-library -sanitize=fuzzer,address -swift-version 6 -package-name clawproxy -module-name WireFuzz \
    -enable-upcoming-feature ExistentialAny -o "$work/wire-fuzz" Sources/Wire/*.swift Fuzz/*.swift; then
    "$work/wire-fuzz" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        "$work/corpus"
else
    echo "libFuzzer does not link here: the seeded mutator runs instead"
    CLAWPROXY_FUZZ_SECONDS=$seconds swift test --filter WireTests.MutationTests
fi
