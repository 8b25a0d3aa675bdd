#!/usr/bin/env bash
# Fuzzes what reads bytes of others, each target for a number of seconds (600), seeded with the shared corpora and with what
# earlier runs found: coverage-guided where the toolchain links libFuzzer, else by the seeded mutators of the tests.
#
# usage: fuzz.sh [SECONDS] [TARGET...]    (default: all that there are)
#   wire          requests and answers of HTTP/1 (Sources/Wire)
#   settings      JSON, JSON5, YAML, flags: reading, loading, editing (Sources/Settings)
#   redis         replies of a Redis (RESP, by hiredis)
#   proxy-header  the PROXY protocol, versions 1 and 2 (Sources/Access)
#   jwt           JSON Web Tokens and their claims (Sources/Access)
#   tls           handshakes and records: a listener's pipeline and an agent's, in memory (Sources/Proxy)
#   http2         a client's connection that goes over to HTTP/2: frames, windows, answers, in memory (Sources/Proxy)
#
# What agents of HTTP/2 send, and clients over sockets, is Tests/EndToEnd's: pytest -k mad, with MAD_SECONDS and MAD_SEED.
#
# A new target: Fuzz/NAMEFuzz.swift with the entry of libFuzzer, a line in `build`, seeds in `seeds`. Modules are compiled with
# coverage, each by itself, from the packages' own sources; of NIO there is only what Fuzz/NIOCore says. The last two are the
# module Proxy with coverage, and everything else as the debug build has it: run `swift build` before.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=600
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    seconds=$1
    shift
fi
shared=${CLAWPROXY_SHARED:-../shared}
work=$PWD/.build/fuzz
flags=(-O -parse-as-library -sanitize=fuzzer,address -swift-version 6 -package-name clawproxy
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature MemberImportVisibility
    -enable-upcoming-feature InternalImportsByDefault -I "$work/modules")
for library in Sources/C*/module.modulemap; do flags+=(-I "${library%/*}"); done
mkdir -p "$work/modules"

all=(wire settings redis)
[[ -f Sources/Access/Addresses/ProxyHeader.swift ]] && all+=(proxy-header)
[[ -d Sources/Access/JWT ]] && all+=(jwt)

[[ -d Sources/Proxy/TLS/Server ]] && all+=(tls)
[[ -d Sources/Proxy/Downstream/HTTP2 ]] && all+=(http2)

fail() {
    printf 'fuzz: %s\n' "$*" >&2
    exit 1
}

# The linker warns of each symbol of the address sanitizer; nothing else may be lost of what a compiler says.
compile() { swiftc "${flags[@]}" "$@" 2> >(grep -v 'Cannot export local symbol' >&2); }

# A module and its object; what it imports must have been made before.
module() {
    local name=$1 folder=${2:-Sources/$1} sources
    mapfile -t sources < <(find "$folder" -name '*.swift' | sort)
    local object=$work/modules/$name.o
    [[ -f $object && -z $(find "$folder" -name '*.swift' -newer "$object" -print -quit) ]] && return
    compile -whole-module-optimization -emit-module -emit-module-path "$work/modules/$name.swiftmodule" -emit-object -o "$object" \
        -module-name "$name" "${sources[@]}"
}

# program NAME MODULES FILES...: the fuzzer of a target.
program() {
    local name=$1 objects=() imported
    for imported in $2; do
        objects+=("$work/modules/$imported.o")
    done
    shift 2
    compile -module-name "Fuzz" -o "$work/$name-fuzz" "$@" "${objects[@]}"
}

# pipeline NAME FILE: the module Proxy with the files of Fuzz/Pipelines, and the rest from the debug build.
pipeline() {
    local debug=$PWD/.build/debug map maps=() sources objects=$work/$1.objects
    [[ -f $debug/clawproxy.product/Objects.LinkFileList ]] || fail "$1: run 'swift build --build-tests' before"
    for map in Sources/C*/module.modulemap Sources/C*/include/module.modulemap "$debug"/*.build/module.modulemap \
        $(find -L .build/checkouts -path '*include*' -name module.modulemap); do
        [[ -f $map ]] && maps+=(-Xcc "-fmodule-map-file=$(realpath "$map")")
    done
    mapfile -t sources < <(find Sources/Proxy -name '*.swift' | sort)
    # the build says `main` of the package, after its folder; overflows and the like trap as in the release build
    compile_with=(-Onone -whole-module-optimization -parse-as-library -sanitize=fuzzer,address -swift-version 6
        -package-name "$(basename "$PWD")" -module-name Proxy -enable-upcoming-feature ExistentialAny
        -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault)
    swiftc "${compile_with[@]}" -I "$debug/Modules" "${maps[@]}" -c -o "$work/$1.o" \
        "${sources[@]}" Fuzz/Pipelines/FuzzEdge.swift "Fuzz/Pipelines/$2" || return
    { grep -v -E '/(clawproxy|Proxy|NIOEmbedded)\.build/' "$debug/clawproxy.product/Objects.LinkFileList"
        find -L "$debug/NIOEmbedded.build" -name '*.o' | sed "s/.*/'&'/"; } >"$objects"
    # without debug information, with which a backtrace takes minutes
    swiftc -sanitize=fuzzer,address -Xlinker -S -o "$work/$1-fuzz" "$work/$1.o" "@$objects" \
        -lssl -lcrypto -lyaml -lhiredis -lre2 -lz -lstdc++ 2> >(grep -v 'Cannot export local symbol' >&2)
}

build() {
    case $1 in
        wire) module Wire && program wire Wire Fuzz/WireDriver.swift Fuzz/WireFuzz.swift ;;
        settings) module Settings && program settings Settings Fuzz/SettingsFuzz.swift ;;
        redis)
            module Settings && module NIOCore Fuzz/NIOCore && program redis "Settings NIOCore" Fuzz/RedisFuzz.swift \
                Sources/Proxy/Redis/Redis{Reader,Reply,Redirect,Slot}.swift
            ;;
        proxy-header) module Settings && module Wire && module Access && program "$1" "Settings Wire Access" Fuzz/ProxyHeaderFuzz.swift ;;
        jwt) module Settings && module Wire && module Access && program "$1" "Settings Wire Access" Fuzz/JWTFuzz.swift ;;
        tls) pipeline tls TLSFuzz.swift ;;
        http2) pipeline http2 HTTP2Fuzz.swift ;;
        *) fail "$1: no such target; there are ${all[*]}" ;;
    esac
}

# Inputs to begin with, one file each.
seeds() {
    mkdir -p "$work/$1"
    python3 - "$1" "$shared" "$work/$1" <<'SEEDS'
import base64, glob, json, struct, sys
target, shared, folder = sys.argv[1:]


def write(name, data):
    open(f"{folder}/{name}", "wb").write(data)


def lines(path):
    return [json.loads(line) for line in open(path) if line.strip()]


if target == "wire":
    for file in glob.glob(shared + "/corpora/http1/*.jsonl"):
        rows = lines(file)
        for number, row in enumerate(rows[:: max(1, len(rows) // 300)]):
            name = file.rsplit("/", 1)[1].split(".")[0]
            write(f"{name}-{number}", bytes([1 if "responses" in file else 0]) + base64.b64decode(row["raw"]))
elif target == "settings":
    texts = []
    for file in ("json", "json5"):
        for row in lines(f"{shared}/corpora/config/{file}.jsonl"):
            texts.append(((0, 4), base64.b64decode(row["raw"]) if "raw" in row else str(row).encode()))
    for row in json.load(open(f"{shared}/corpora/config/yaml.json")):
        texts.append(((1, 5), str(row.get("yaml", "")).encode()))
    for file in glob.glob(shared + "/owner-configs/*"):
        texts.append(((2, 4) if file.endswith("json") else (3, 5), open(file, "rb").read()))
    own = {"listen": ["127.0.0.1:80", "[::]:81", "unix:/a"], "wait": "1m30s", "most": "64MiB", "held": 5, "share": "50%",
           "networks": ["10.0.0.0/8", "fd00::/8"], "token": "${NAME}", "words": {"a": ["b"]}, "pools": {"p": {"name": "q"}},
           "redis": {"endpoint": "redis+sentinel://u:p@a:1,b:2/n/3", "timeout": "20ms"}, "rules": [{"name": "r", "weight": 3}]}
    texts.append(((2, 3, 4, 5), json.dumps({"gateway": own}, indent=1).encode()))
    texts += [((6,), text) for text in (b"listen=0.0.0.0:1", b"rules[0].name=a", b"pools.a.weight=7", b'words={"a":"b"}', b"redis.tls.verify=no")]
    for number, (deeds, text) in enumerate(texts):
        for deed in deeds:
            if len(text) < 8000:
                write(f"{number}-{deed}", bytes([deed]) + text)
elif target == "redis":
    for number, text in enumerate((
            b"+OK\r\n", b"-MOVED 3999 10.0.0.3:6381\r\n-ASK 1 [::1]:1\r\n", b":-42\r\n", b"$5\r\nhello\r\n$-1\r\n$0\r\n\r\n",
            b"*3\r\n$1\r\na\r\n:1\r\n*1\r\n+x\r\n", b"*-1\r\n*0\r\n", b"%1\r\n+a\r\n:1\r\n~1\r\n#t\r\n_\r\n,1.5\r\n(123\r\n=7\r\ntxt:abc\r\n>1\r\n+m\r\n")):
        write(str(number), b"\x02" + text)
elif target == "proxy-header":
    two = b"\r\n\r\n\0\r\nQUIT\n"
    four, six = bytes(range(8)) + struct.pack(">HH", 1, 2), bytes(range(32)) + struct.pack(">HH", 1, 2)
    for number, text in enumerate((
            b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET /", b"PROXY TCP6 ::1 fd00::2 65535 2\r\n", b"PROXY UNKNOWN a b\r\n",
            two + b"\x20\x00\0\0", two + b"\x21\x11" + struct.pack(">H", 12) + four, two + b"\x21\x21" + struct.pack(">H", 36) + six,
            two + b"\x21\x11" + struct.pack(">H", 19) + four + b"\x03\0\4abcd", two + b"\x21\x31" + struct.pack(">H", 216) + bytes(216))):
        write(str(number), text)
elif target == "jwt":
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
    claims = {"iss": "i", "sub": "s", "aud": ["a"], "exp": 2000000000, "nbf": 1.5, "scope": "read write", "a": {"b": 1}, "email": "e@f"}
    write("0", b"\0" + part({"alg": "RS256", "kid": "k"}) + b"." + part(claims) + b"." + part("signature"))
    write("1", b"\0" + part({"alg": "none"}) + b"." + part(claims) + b".")
    write("2", b"\1" + json.dumps(claims).encode())
elif target == "tls":
    import ssl
    for number, (most, alpn) in enumerate(((ssl.TLSVersion.TLSv1_2, ["h2"]), (ssl.TLSVersion.TLSv1_3, ["h2", "http/1.1"]), (ssl.TLSVersion.TLSv1_3, ["x"]))):
        context = ssl._create_unverified_context()
        context.maximum_version = most
        context.set_alpn_protocols(alpn)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            context.wrap_bio(incoming, outgoing, server_hostname="a.test").do_handshake()
        except ssl.SSLWantReadError:
            pass
        write(f"hello{number}", b"\xfc" + outgoing.read())
    # deeds, as TLSFuzz.swift numbers them
    write("whole", bytes([2, 0, 0, 0, 9, 0, 0, 11, 0, 0]))
    write("asked", bytes([6, 0, 0, 0, 9, 0, 9, 0, 15, 11, 0, 12]))
    write("spoilt", bytes([2, 0, 6, 0, 40, 1, 0, 9, 0]))
    write("said", bytes([2, 0, 0, 0, 10, 40]) + b"GET /a HTTP/1.1\r\nHost: a.test\r\n\r\nxxxxxxx" + bytes([0, 14, 0]))
elif target == "http2":
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    frame = lambda kind, flags, stream, data=b"": struct.pack(">IBI", len(data) << 8 | kind, flags, stream) + data
    get = b"\x82\x86\x04\x05/chat\x01\x01a"
    for number, rest in enumerate((
            b"", frame(1, 5, 1, get), frame(1, 4, 1, get) + frame(0, 1, 1, b"abc"), frame(1, 1, 1, get[:4]) + frame(9, 4, 1, get[4:]),
            frame(1, 5, 1, get) + frame(3, 0, 1, b"\0\0\0\x08"), frame(6, 0, 0, b"12345678"), frame(7, 0, 0, bytes(8)))):
        write(f"raw{number}", b"\xfe" + preface + frame(4, 0, 0) + rest)
    write("old", b"\xfeGET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    for number, deeds in enumerate((
            bytes([14, 13, 0, 1, 1, 10]), bytes([14, 13, 2, 0, 1, 0, 1, 1, 3]) + b"abc", bytes([14, 13, 3, 1, 3, 13, 4, 1, 5, 10]),
            bytes([4, 0, 0, 6, 0, 4, 0, 0, 0, 0, 13, 0, 1, 1, 10, 8, 0, 1, 4, 0, 0, 0, 9, 10]), bytes([14, 13, 0, 1, 1, 3, 0, 1, 4, 0, 0, 0, 8]),
            bytes([14, 12, 13, 0, 1, 1, 10, 12, 10]), bytes([14, 13, 1, 1, 1, 11, 10]),
            bytes([14, 1, 4, 1, len(get)]) + get + bytes([0, 1, 1, 2]) + b"ab")):
        write(f"deeds{number}", b"\1" + deeds)
SEEDS
}

# Certificates for those who read any; made once.
certificates() {
    local folder=$work/certificates
    export CLAWPROXY_FUZZ_FOLDER=$folder
    [[ -f $folder/leaf.pem ]] && return
    mkdir -p "$folder"
    local key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
    openssl req -x509 "${key[@]}" -keyout "$folder/ca.key" -out "$folder/ca.pem" -days 3650 -subj /CN=fuzz 2>/dev/null
    openssl req "${key[@]}" -keyout "$folder/leaf.key" -out "$folder/leaf.csr" -subj /CN=leaf 2>/dev/null
    openssl x509 -req -in "$folder/leaf.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -set_serial 1 -days 3650 \
        -extfile <(echo subjectAltName=DNS:a.test) -out "$folder/leaf.pem" 2>/dev/null
}

targets=("$@")
((${#targets[@]} > 0)) || targets=("${all[@]}")
for target in "${targets[@]}"; do
    [[ " ${all[*]} " == *" $target "* ]] || fail "$target: no such target; there are ${all[*]}"
done
for target in "${targets[@]}"; do
    if build "$target"; then
        seeds "$target"
        certificates
        echo "== $target, $seconds s"
        # what makes one fail is kept beside the corpus
        SWIFT_BACKTRACE=enable=no LSAN_OPTIONS=suppressions=$PWD/Fuzz/leaks.txt "$work/$target-fuzz" -max_total_time="$seconds" -max_len=8192 -timeout=10 \
            -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$work/$target-" "$work/$target"
    elif [[ $target == wire || $target == settings ]]; then
        echo "libFuzzer does not link here: the seeded mutator runs instead"
        suite=WireTests.MutationTests
        [[ $target == settings ]] && suite=SettingsTests.MutationTests
        CLAWPROXY_FUZZ_SECONDS=$seconds swift test --filter "$suite"
    else
        fail "$target: libFuzzer does not link here, and there is no mutator for it"
    fi
done
