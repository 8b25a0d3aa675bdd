# Shared by the examples and the tour: starts demo agents and the proxy, waits for each with a deadline, checks what came
# back, and stops what it started, by id. To be sourced by bash.
#
#   CLAWPROXY, DEMO_AGENT   the binaries; without them the release build, else the debug build
#   PORT, ADMIN_PORT        the proxy's ports; without them free ones
#   SECONDS_TO_START        how long each process may take to listen (20)

set -uo pipefail

# A proxy of the surroundings is not for loopback.
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/clawproxy-example.XXXXXX")
PIDS=()
LOAD=()
WRONG=0

say() { printf '%s\n' "$*"; }

die() {
    printf '%s\n' "$*" >&2
    show_logs
    exit 1
}

show_logs() {
    local log
    for log in "$WORK"/*.log; do
        [[ -s $log ]] || continue
        printf -- '--- the end of %s\n' "${log##*/}" >&2
        tail -n 15 "$log" >&2
    done
}

need() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || die "$tool: not found: this example needs it; install it and try again"
    done
}

# binary VARIABLE NAME: sets VARIABLE to the path of a built program.
binary() {
    local path
    if [[ -n ${!1:-} ]]; then
        [[ -x ${!1} ]] || die "$1: ${!1}: expected a program; build it, or set $1 to another one"
        return
    fi
    for path in "$ROOT/.build/release/$2" "$ROOT/.build/debug/$2"; do
        if [[ -x $path ]]; then
            printf -v "$1" %s "$path"
            return
        fi
    done
    die "$2: not built: run 'swift build -c release', or set $1 to the program"
}

# A child of this shell that still runs: nothing else is ever sent a signal. `stat` is one short line and so read at
# once; `status` is read in pieces, which do not fit together when the child becomes its program meanwhile.
alive() {
    local line state parent
    IFS= read -r line 2>/dev/null <"/proc/$1/stat" || return
    read -r state parent _ <<<"${line##*) }"
    [[ $parent == "$$" && $state != Z ]]
}

# The second SIGTERM ends a proxy at once that is still draining after the first.
stop() {
    local pid=$1 signal round
    for signal in TERM TERM KILL; do
        alive "$pid" && kill "-$signal" "$pid" 2>/dev/null
        for round in 1 2 3 4 5; do
            alive "$pid" || break 2
            sleep 0.1
        done
    done
    wait "$pid" 2>/dev/null
}

stop_all() {
    local index
    for ((index = ${#PIDS[@]} - 1; index >= 0; index--)); do stop "${PIDS[index]}"; done
    PIDS=()
    rm -rf "$WORK"
}

trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port VARIABLE [WISH]: sets VARIABLE to the wish, if nobody listens there, else to any port that is free.
# Below 32768, where the system takes the ports of outgoing connections from.
free_port() {
    local candidate=${2:-$((20000 + RANDOM % 12000))} round
    for ((round = 0; round < 100; round++)); do
        if ! listens "$candidate"; then
            printf -v "$1" %s "$candidate"
            return
        fi
        candidate=$((20000 + RANDOM % 12000))
    done
    die "free port: none found from 20000 to 31999"
}

# wait_port PORT PID WHAT
wait_port() {
    local deadline=$((SECONDS + ${SECONDS_TO_START:-20}))
    until listens "$1"; do
        alive "$2" || die "$3: ended before it listened on port $1: $(tail -n 3 "$WORK/$3.log")"
        ((SECONDS < deadline)) || die "$3: did not listen on port $1 in time"
        sleep 0.05
    done
}

# start_agent VARIABLE ID [FLAGS...]: the agent takes the port that VARIABLE names, else a free one, and VARIABLE is
# exported with it for the configuration.
start_agent() {
    local variable=$1 id=$2 pid line deadline
    shift 2
    : >"$WORK/$id.log"
    "$DEMO_AGENT" --listen "127.0.0.1:${!variable:-0}" --id "$id" "$@" >"$WORK/$id.log" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    deadline=$((SECONDS + ${SECONDS_TO_START:-20}))
    until line=$(grep -m 1 ' listening on ' "$WORK/$id.log"); do
        alive "$pid" || die "$id: ended before it listened: $(tail -n 3 "$WORK/$id.log")"
        ((SECONDS < deadline)) || die "$id: did not listen in time"
        sleep 0.05
    done
    export "$variable=${line##*:}"
}

# start_proxy FILE [FLAGS...]: exports PORT and ADMIN_PORT for the configuration and sets BASE, the URL of the proxy.
# Whatever configuration and token this user has are left out: the example alone decides, and leaves nothing behind. So
# the proxy runs a copy, PROXY_FILE: it changes its file, and keeps a history beside it.
start_proxy() {
    PROXY_FILE=$WORK/gateway.json
    cp "$1" "$PROXY_FILE"
    shift
    [[ -n ${PORT:-} ]] || free_port PORT
    [[ -n ${ADMIN_PORT:-} ]] || free_port ADMIN_PORT
    export PORT ADMIN_PORT
    HOME=$WORK OPENCLAW_GLOBAL_CONFIG=$WORK/none.json \
        "$CLAWPROXY" run --config-file "$PROXY_FILE" "$@" >"$WORK/clawproxy.log" 2>&1 &
    PROXY_PID=$!
    PIDS+=("$PROXY_PID")
    wait_port "$PORT" "$PROXY_PID" clawproxy
    BASE=http://127.0.0.1:$PORT
}

# operate ARGUMENTS...: a command of the program, for the proxy that start_proxy started.
operate() { HOME=$WORK OPENCLAW_GLOBAL_CONFIG=$WORK/none.json "$CLAWPROXY" "$@" --config-file "$PROXY_FILE"; }

# show ARGUMENTS...: the same, with the command and all that it prints, its exit status included.
show() {
    say "  \$ clawproxy ${*//$WORK\//}"
    operate "$@" 2>&1 | sed "s#$WORK/##g; s/^/    /"
}

# start_load URL: four clients, each with one connection and one request after the other, until stop_load.
start_load() {
    local client
    for client in 1 2 3 4; do
        curl -s -m 20 -o /dev/null -w '%{stderr}%{http_code} %{num_connects}\n' "$1?n=[1-10000000]" 2>"$WORK/load.$client" &
        LOAD+=("$!")
    done
    PIDS+=("${LOAD[@]}")
}

stop_load() {
    local pid
    for pid in "${LOAD[@]}"; do stop "$pid"; done
    LOAD=()
}

# answered [PATTERN]: how many requests of the load have been answered, of all or with a status that a regular expression
# fits; 000 is no answer.
answered() { cat "$WORK"/load.[1-4] | grep -Ec "^${1:-...} "; }

# connected: how many connections the load has opened.
connected() { awk '{ count += $2 } END { print count + 0 }' "$WORK"/load.[1-4]; }

# eventually SECONDS COMMAND...: whether the command comes to succeed in time.
eventually() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

# check WHAT GOT PATTERN: PATTERN as in [[ == ]].
check() {
    # shellcheck disable=SC2053
    if [[ $2 == $3 ]]; then
        say "  ok     $1"
    else
        WRONG=$((WRONG + 1))
        say "  WRONG  $1"
        say "           expected: $3"
        say "           got:      ${2:0:600}"
    fi
}

# status ARGUMENTS...: what curl got, as a status.
status() { curl -s -m 20 -o /dev/null -w '%{http_code}' "$@"; }

# agents ARGUMENTS...: who answered, one line an answer. A URL with [1-20] is twenty requests on one connection.
agents() { curl -s -m 60 -D - -o /dev/null "$@" | tr -d '\r' | sed -n 's/^x-agent: //Ip'; }

# Ends an example: 0 if all was right.
finish() {
    if ((WRONG > 0)); then
        say "$WRONG checks were wrong"
        show_logs
        exit 1
    fi
    say "all as expected"
    exit 0
}

binary CLAWPROXY clawproxy
binary DEMO_AGENT demo-agent
