#!/usr/bin/env bash
# API keys, and tokens of an issuer whose keys are rotated; the agent is told who it is, and nobody else can say so.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl openssl basenc

url64() { basenc --base64url -w0 | tr -d =; }

# new_key NAME: a key of the issuer's.
new_key() { openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$WORK/$1.pem" 2>/dev/null; }

# publish NAME...: the public halves, as the set that tokens are verified by.
publish() {
    local name set=
    for name in "$@"; do
        set+="${set:+,}{\"kty\":\"RSA\",\"alg\":\"RS256\",\"use\":\"sig\",\"kid\":\"$name\",\"e\":\"AQAB\",\"n\":\"$(
            openssl rsa -in "$WORK/$name.pem" -noout -modulus | cut -d= -f2 | basenc --base16 -d | url64
        )\"}"
    done
    printf '{"keys":[%s]}' "$set" >"$JWKS_FILE.new"
    mv "$JWKS_FILE.new" "$JWKS_FILE"
}

# token KEY SCOPE [SECONDS] [ALGORITHM]: what the issuer would give to ada.
token() {
    local head claims
    head=$(printf '{"alg":"%s","kid":"%s"}' "${4:-RS256}" "$1" | url64)
    claims=$(printf '{"iss":"https://login.example.com","aud":"gateway","sub":"ada","org":"blue","scope":"%s","exp":%d}' \
        "$2" $(($(date +%s) + ${3:-600})) | url64)
    printf '%s.%s.%s' "$head" "$claims" "$(printf '%s.%s' "$head" "$claims" | openssl dgst -sha256 -sign "$WORK/$1.pem" | url64)"
}

export JWKS_FILE=$WORK/jwks.json BUILD_KEY_DIGEST
BUILD_KEY_DIGEST=$(printf %s key-of-build | sha256sum | cut -d' ' -f1)
new_key one
publish one
start_agent AGENT_PORT agent
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE"

say "1. an API key"
check "without one" "$(curl -s -m 20 "$BASE/jobs")" '*send X-API-Key: KEY*'
check "with it" "$(status -H 'X-API-Key: key-of-build' "$BASE/jobs")" 200
check "with a wrong one" "$(status -H 'X-API-Key: key-of-Build' "$BASE/jobs")" 401

say "2. a token"
ada=$(token one agents)
check "the agent is told who it is, whatever the client says" \
    "$(curl -s -m 20 -H "Authorization: Bearer $ada" -H 'X-User: root' "$BASE/people")" '*"x-user":*"ada"*'
check "expired" "$(curl -s -m 20 -D - -o /dev/null -H "Authorization: Bearer $(token one agents -600)" "$BASE/people")" '*error_description="expired"*'
check "of no algorithm" "$(status -H "Authorization: Bearer $(token one agents 600 none)" "$BASE/people")" 401
check "without the scope" "$(status -H "Authorization: Bearer $(token one mail)" "$BASE/people")" 403
check "a key, where a token is wanted" "$(status -H 'X-API-Key: key-of-build' "$BASE/people")" 403

say "3. the issuer has another key, and takes the old one away"
new_key two
new=$(token two agents)
check "before it is published" "$(status -H "Authorization: Bearer $new" "$BASE/people")" 401
publish one two
taken() { [[ $(status -H "Authorization: Bearer $1" "$BASE/people") == "$2" ]]; }
check "the new one is taken" "$(eventually 5 taken "$new" 200 && echo yes)" yes
check "the old one still is" "$(status -H "Authorization: Bearer $ada" "$BASE/people")" 200
publish two
check "until it is gone" "$(eventually 5 taken "$ada" 401 && echo yes)" yes

say "4. each tenant has a limit of its own"
check "two of a burst" "$(status -H "Authorization: Bearer $new" "$BASE/")$(status -H "Authorization: Bearer $new" "$BASE/")" 200200
check "and no third" "$(status -H "Authorization: Bearer $new" "$BASE/")" 429
check "another tenant" "$(status -H 'X-API-Key: key-of-build' "$BASE/")" 200

curl -s "http://127.0.0.1:$ADMIN_PORT/metrics" | grep '^gateway_auth' | sed 's/^/    /'
finish
