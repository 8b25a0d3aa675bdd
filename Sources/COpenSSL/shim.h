// What ClawProxy uses of OpenSSL 3 (libssl-dev).
#ifndef CLAWPROXY_COPENSSL_H
#define CLAWPROXY_COPENSSL_H

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#endif
