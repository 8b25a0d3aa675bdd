#!/usr/bin/env bash
# Serves two names over TLS, tells an agent who the client is, leads plain HTTP there, and changes a certificate under way.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl openssl

export CERTS=$WORK/certs
mkdir "$CERTS"

# issue FILE NAMES [KEY...]: a certificate of the example's own CA.
issue() {
    local file=$1 names=$2
    shift 2
    openssl req -newkey "${@:-rsa:2048}" -nodes -keyout "$CERTS/$file.key" -out "$CERTS/$file.csr" -subj "/CN=$file" 2>/dev/null
    openssl x509 -req -in "$CERTS/$file.csr" -CA "$CERTS/ca.pem" -CAkey "$CERTS/ca.key" -set_serial "$RANDOM" -days 90 \
        -extfile <(printf 'subjectAltName=%s' "$names") -out "$CERTS/$file.pem" 2>/dev/null
}

ec=(ec -pkeyopt ec_paramgen_curve:prime256v1)
openssl req -x509 -newkey "${ec[@]}" -nodes -keyout "$CERTS/ca.key" -out "$CERTS/ca.pem" -days 90 -subj "/CN=Example CA" 2>/dev/null
issue edge DNS:edge.test
issue edge-ec DNS:edge.test "${ec[@]}"
issue wild 'DNS:*.wild.test' "${ec[@]}"
issue client DNS:client.test "${ec[@]}"
openssl rand -hex 80 >"$CERTS/tickets"

start_agent AGENT_PORT agent
free_port PLAIN_PORT
export PLAIN_PORT
start_proxy "$here/gateway.json"
say "clawproxy serves on https://edge.test:$PORT"

tls() { curl -s -m 20 --cacert "$CERTS/ca.pem" --connect-to "::127.0.0.1:$PORT" "$@"; }
subject() { openssl s_client -connect "127.0.0.1:$PORT" "$@" </dev/null 2>/dev/null | openssl x509 -noout -subject; }
kind() { openssl s_client -connect "127.0.0.1:$PORT" -servername edge.test "$@" </dev/null 2>/dev/null | grep -o 'Cipher is .*'; }

say "1. each name gets its own certificate"
check "edge.test is served" "$(tls -o /dev/null -w '%{http_code}' "https://edge.test:$PORT/")" 200
check "x.wild.test gets the wildcard's" "$(subject -servername x.wild.test)" '*CN = wild'
check "who knows RSA alone gets RSA" "$(kind -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256)" '*ECDHE-RSA*'
check "who knows ECDSA gets ECDSA" "$(kind -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256)" '*ECDHE-ECDSA*'

say "2. the agent is told who the client is"
check "by its certificate" "$(tls --cert "$CERTS/client.pem" --key "$CERTS/client.key" "https://edge.test:$PORT/")" \
    '*"x-client-identity":"Hash=*CN=client*DNS=client.test*'
check "and of nobody without one" "$(tls -H 'X-Client-Identity: forged' "https://edge.test:$PORT/" | grep -c x-client-identity)" 0

say "3. plain HTTP is led to TLS, and browsers stay there"
check "a redirect" "$(curl -s -m 20 -o /dev/null -w '%{http_code} %{redirect_url}' -H 'Host: edge.test' "http://127.0.0.1:$PLAIN_PORT/a?b")" \
    "301 https://edge.test:$PORT/a[?]b"
check "Strict-Transport-Security" "$(tls -D - -o /dev/null "https://edge.test:$PORT/" | grep -i strict)" '*max-age=31536000*'

say "4. a new certificate is taken while the proxy runs"
before=$(subject -servername x.wild.test)
issue fresh 'DNS:*.wild.test' "${ec[@]}"
mv "$CERTS/fresh.key" "$CERTS/wild.key" && mv "$CERTS/fresh.pem" "$CERTS/wild.pem"
is_fresh() { [[ $(subject -servername x.wild.test) == *fresh ]]; }
eventually 10 is_fresh
check "it was $before" "$(subject -servername x.wild.test)" '*CN = fresh'
check "the expiry is in the metrics" "$(curl -s "http://127.0.0.1:$ADMIN_PORT/metrics" | grep -c '^gateway_tls_certificate_expiry_seconds')" 3

finish
