#!/usr/bin/env bash
# Fuzzes what strangers write at the edge, and what operators write into files: PROXY headers, forwarding fields, preflights,
# values and sections of settings, JSON and YAML, the arithmetic of limits. Coverage-guided by libFuzzer.
# usage: fuzz-edge.sh [SECONDS (600)] [options of libFuzzer...]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}
shift || true
shared=${CLAWPROXY_SHARED:-../shared}
work=.build/fuzz-edge
mkdir -p "$work/corpus" "$work/modules"
python3 - "$shared" "$work/corpus" <<'SEEDS'
import glob, socket, struct, sys
shared, corpus = sys.argv[1:]
count = 0
def seed(kind, data):
    global count
    open(f"{corpus}/seed-{count}", "wb").write(bytes([kind]) + data)
    count += 1
four = socket.inet_aton("203.0.113.9") + socket.inet_aton("10.0.0.1") + struct.pack("!HH", 4711, 443)
six = socket.inet_pton(socket.AF_INET6, "2001:db8::7") * 2 + struct.pack("!HH", 4711, 443)
def two(family, block, command=0x21):
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([command, family]) + struct.pack("!H", len(block)) + block
for data in (b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\nGET", b"PROXY TCP6 2001:db8::7 ::1 4711 443\r\n", b"PROXY UNKNOWN x\r\n",
             two(0x11, four), two(0x21, six), two(0, b"", 0x20), two(0x11, four + b"\x03\0\x04abcd"), two(0x31, b"\0" * 216),
             two(0x11, four + b"\x20\0\x05\x01\0\0\0\0\xea\0\x03aws")):
    seed(0, data)
for data in (b"203.0.113.9, 10.1.1.1", b"[2001:db8::7]:4711, ::ffff:203.0.113.9", b"unknown, _x, 1.2.3.4:80"):
    seed(1, data)
for data in (b'for=203.0.113.9;proto=https, for="[2001:db8::7]:4711";by=10.1.1.1', b'For="a\\"b"; for=_x:_y', b'for=unknown'):
    seed(2, data)
for data in (b"https://miaoquai.com\nPOST\ncontent-type, authorization", b"https://a.example.com\nPUT\n", b"null\nGET\nx\r\ny"):
    seed(3, data)
for data in (b"https://app.example.com:8443", b"https://*.example.com", b"10.0.0.0/8", b"2001:db8::/32", b"30s", b"1.5MiB", b"50%",
             b"[::]:8080", b"unix:/run/x", b"10r/s", b"header:x-key"):
    seed(4, data)
for file in glob.glob(shared + "/owner-configs/*.json"):
    seed(5, open(file, "rb").read())
seed(5, b"{allowedOrigins: ['*'], maxAge: '1m', /* x */ allowCredentials: true,}")
seed(6, b"allowedOrigins: [https://a.test]\nmaxAge: 10m\nallow:\n  - 10.0.0.0/8\nendpoint: redis://x:6379/1\n")
seed(6, b"a: &x {b: [1, 2]}\nc: *x\nd: |\n  text\n")
seed(7, bytes(range(64)))
SEEDS
for module in Wire Settings; do
    : >"$work/modules/empty.swift"
    swiftc -emit-module -parse-as-library -swift-version 6 -package-name clawproxy -module-name "$module" \
        -o "$work/modules/$module.swiftmodule" "$work/modules/empty.swift"
done
sources=(Sources/Wire/*.swift Sources/Access/Addresses/*.swift Sources/Access/Browsers/*.swift Sources/Access/Limits/*.swift Fuzz/Edge/*.swift)
while IFS= read -r file; do sources+=("$file"); done < <(find Sources/Settings -name '*.swift' | sort)
swiftc -O -parse-as-library -sanitize=fuzzer,address -swift-version 6 -package-name clawproxy -module-name EdgeFuzz \
    -enable-upcoming-feature ExistentialAny -suppress-warnings -I "$work/modules" -I Sources/CYAML -lyaml \
    -o "$work/edge-fuzz" "${sources[@]}"
"$work/edge-fuzz" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -detect_leaks=0 \
    -artifact_prefix="$work/" "$@" "$work/corpus"
