// What ClawProxy uses of OpenSSL 3 (libssl-dev). Below: names for what are macros, which Swift does not see, and a BIO
// over the memory of one call.
#ifndef CLAWPROXY_COPENSSL_H
#define CLAWPROXY_COPENSSL_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

// ---- macros ----

static inline int claw_ssl_set_host_name(SSL *ssl, const char *name) {
  return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline int claw_ssl_set_ip(SSL *ssl, const char *address) {
  return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address);
}

/// Names are those of subjectAltName alone (RFC 9525 2), and a wildcard is a whole label.
static inline void claw_ssl_set_strict_names(SSL *ssl) {
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
}

static inline int claw_ssl_ctx_set_min_version(SSL_CTX *context, int version) {
  return (int)SSL_CTX_set_min_proto_version(context, version);
}

/// Buffers go when they are empty, writes may be repeated from elsewhere, nothing is renegotiated, and the internal
/// session cache stays out of it.
static inline void claw_ssl_ctx_set_modes(SSL_CTX *context) {
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
}

/// An anchor in the CA file is trusted whether it is a root or not.
static inline int claw_ssl_ctx_trust_partial_chains(SSL_CTX *context) {
  return X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
}

static inline int claw_err_reason(unsigned long error) { return ERR_GET_REASON(error); }
static inline int claw_err_library(unsigned long error) { return ERR_GET_LIB(error); }

/// As RFC 2253 has it, without escaping what is not ASCII.
static inline int claw_x509_print_name(BIO *bio, const X509_NAME *name) {
  return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}

static inline const void *claw_bio_memory(BIO *bio, long *count) {
  char *bytes = NULL;
  *count = BIO_get_mem_data(bio, &bytes);
  return bytes;
}

static inline int claw_general_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }

/// Type (GEN_DNS, GEN_IPADD, ...) and bytes of a name; NULL for types that are neither.
static inline const unsigned char *claw_general_name(const GENERAL_NAMES *names, int at, int *type, int *count) {
  const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, at);
  *type = name->type;
  const ASN1_STRING *text = NULL;
  if (name->type == GEN_DNS) text = name->d.dNSName;
  if (name->type == GEN_IPADD) text = name->d.iPAddress;
  if (text == NULL) return NULL;
  *count = ASN1_STRING_length(text);
  return ASN1_STRING_get0_data(text);
}

// ---- algorithms, looked up once ----

/// What `EVP_sha256()` and its like name is looked up by that name at each use, under locks: a microsecond or two, more
/// than the hash of a name. NULL where libcrypto has no memory; never freed.
static inline const EVP_MD *claw_sha256_method(void) {
  static EVP_MD *kept;
  EVP_MD *known = __atomic_load_n(&kept, __ATOMIC_ACQUIRE);
  if (known != NULL) return known;
  EVP_MD *found = EVP_MD_fetch(NULL, "SHA2-256", NULL);
  if (found == NULL || __atomic_compare_exchange_n(&kept, &known, found, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return found;
  EVP_MD_free(found);
  return known;
}

/// Writes 32 bytes; 1 unless libcrypto has no memory.
static inline int claw_sha256(const void *bytes, size_t count, unsigned char *digest) {
  const EVP_MD *method = claw_sha256_method();
  return method != NULL && EVP_Digest(bytes, count, digest, NULL, method, NULL);
}

// ---- the shuttle: a BIO between a session and the memory of the call that it is used in ----

/// `in` and `out` point into buffers of the caller for the length of one call. What `out` has no room for is spilled
/// into memory of the shuttle's own, so that a session never has to wait for room.
typedef struct claw_shuttle {
  const unsigned char *in;
  size_t inCount;
  unsigned char *out;
  size_t outCapacity;
  size_t outCount;
  unsigned char *spill;
  size_t spillCapacity;
  size_t spillCount;
  /// The newest session that can be resumed; whoever takes it frees it.
  SSL_SESSION *session;
  /// What the verification of the peer failed with (X509_V_ERR_...), at which depth, and on which certificates.
  int verifyError;
  int verifyDepth;
  X509 *leaf;
  X509 *culprit;
  /// A server's: the keys of its tickets, the first one for new ones; what it speaks, as ALPN has it; which listener.
  const struct claw_ticket_key *ticketKeys;
  int ticketKeyCount;
  const unsigned char *protocols;
  unsigned int protocolsCount;
  unsigned int place;
} claw_shuttle;

static inline int claw_shuttle_read(BIO *bio, char *into, int wanted) {
  claw_shuttle *shuttle = (claw_shuttle *)BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (wanted <= 0) return 0;
  if (shuttle->inCount == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  size_t count = (size_t)wanted < shuttle->inCount ? (size_t)wanted : shuttle->inCount;
  memcpy(into, shuttle->in, count);
  shuttle->in += count;
  shuttle->inCount -= count;
  return (int)count;
}

static inline int claw_shuttle_write(BIO *bio, const char *bytes, int given) {
  claw_shuttle *shuttle = (claw_shuttle *)BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (given <= 0) return 0;
  size_t count = (size_t)given;
  if (shuttle->spillCount == 0 && shuttle->outCapacity - shuttle->outCount >= count) {
    memcpy(shuttle->out + shuttle->outCount, bytes, count);
    shuttle->outCount += count;
    return given;
  }
  if (shuttle->spillCapacity - shuttle->spillCount < count) {
    size_t capacity = (shuttle->spillCount + count) * 2;
    unsigned char *larger = (unsigned char *)OPENSSL_realloc(shuttle->spill, capacity);
    if (larger == NULL) return -1;
    shuttle->spill = larger;
    shuttle->spillCapacity = capacity;
  }
  memcpy(shuttle->spill + shuttle->spillCount, bytes, count);
  shuttle->spillCount += count;
  return given;
}

static inline long claw_shuttle_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// What a BIO needs to know, made once a process; NULL when there is no memory.
static inline BIO_METHOD *claw_shuttle_method(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "shuttle");
  if (method == NULL) return NULL;
  BIO_meth_set_read(method, claw_shuttle_read);
  BIO_meth_set_write(method, claw_shuttle_write);
  BIO_meth_set_ctrl(method, claw_shuttle_control);
  return method;
}

/// Gives a session its shuttle, which it does not own. 0 when there is no memory.
static inline int claw_shuttle_attach(SSL *ssl, claw_shuttle *shuttle, const BIO_METHOD *method) {
  BIO *bio = BIO_new(method);
  if (bio == NULL) return 0;
  BIO_set_data(bio, shuttle);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  return SSL_set_app_data(ssl, shuttle);
}

/// Gives back what the shuttle took meanwhile.
static inline void claw_shuttle_clear(claw_shuttle *shuttle) {
  OPENSSL_free(shuttle->spill);
  SSL_SESSION_free(shuttle->session);
  X509_free(shuttle->leaf);
  X509_free(shuttle->culprit);
  memset(shuttle, 0, sizeof *shuttle);
}

// ---- callbacks ----

static inline int claw_ssl_new_session(SSL *ssl, SSL_SESSION *session) {
  claw_shuttle *shuttle = (claw_shuttle *)SSL_get_app_data(ssl);
  if (shuttle == NULL) return 0;
  SSL_SESSION_free(shuttle->session);
  shuttle->session = session;
  return 1;
}

static inline void claw_ssl_ctx_collect_sessions(SSL_CTX *context) {
  SSL_CTX_sess_set_new_cb(context, claw_ssl_new_session);
}

/// Remembers what was wrong first, as the certificates are gone when the handshake has failed.
static inline int claw_ssl_verified(int passed, X509_STORE_CTX *store) {
  SSL *ssl = (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  claw_shuttle *shuttle = ssl == NULL ? NULL : (claw_shuttle *)SSL_get_app_data(ssl);
  if (passed || shuttle == NULL || shuttle->verifyError != 0) return passed;
  shuttle->verifyError = X509_STORE_CTX_get_error(store);
  shuttle->verifyDepth = X509_STORE_CTX_get_error_depth(store);
  shuttle->leaf = X509_STORE_CTX_get0_cert(store);
  if (shuttle->leaf != NULL) X509_up_ref(shuttle->leaf);
  shuttle->culprit = X509_STORE_CTX_get_current_cert(store);
  if (shuttle->culprit != NULL) X509_up_ref(shuttle->culprit);
  return passed;
}

static inline void claw_ssl_ctx_verify(SSL_CTX *context) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, claw_ssl_verified);
}

// ---- servers ----

/// A key of session tickets (RFC 5077 4): its name, and what encrypts and authenticates.
typedef struct claw_ticket_key {
  unsigned char name[16];
  unsigned char hmac[32];
  unsigned char aes[32];
  int hmacCount;
  int aesCount;
} claw_ticket_key;

/// Looked up once, as `claw_sha256_method`.
static inline const EVP_CIPHER *claw_ticket_cipher(const claw_ticket_key *key) {
  static EVP_CIPHER *kept[2];
  EVP_CIPHER **place = &kept[key->aesCount == 32];
  EVP_CIPHER *known = __atomic_load_n(place, __ATOMIC_ACQUIRE);
  if (known != NULL) return known;
  EVP_CIPHER *found = EVP_CIPHER_fetch(NULL, key->aesCount == 32 ? "AES-256-CBC" : "AES-128-CBC", NULL);
  if (found == NULL || __atomic_compare_exchange_n(place, &known, found, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return found;
  EVP_CIPHER_free(found);
  return known;
}

// The callback by `HMAC_CTX` and not the one by `EVP_MAC_CTX`, for which OpenSSL looks HMAC and the digest up by name for
// each ticket: 14,000 instructions, of 540,000 that a resumed connection of TLS 1.2 takes.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

/// As `SSL_CTX_set_tlsext_ticket_key_cb` wants it: the first key encrypts, all of them decrypt. A ticket of another
/// than the first key is replaced, and so is one of TLS 1.3, which is used once (RFC 8446 C.4).
static inline int claw_ssl_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                                      HMAC_CTX *mac, int encrypts) {
  claw_shuttle *shuttle = (claw_shuttle *)SSL_get_app_data(ssl);
  if (shuttle == NULL || shuttle->ticketKeyCount < 1) return encrypts ? -1 : 0;
  const claw_ticket_key *key = NULL;
  int at = 0;
  if (encrypts) {
    key = &shuttle->ticketKeys[0];
    if (RAND_bytes(iv, 16) != 1) return -1;
    memcpy(name, key->name, 16);
  } else {
    for (at = 0; at < shuttle->ticketKeyCount; at++) {
      if (CRYPTO_memcmp(name, shuttle->ticketKeys[at].name, 16) == 0) {
        key = &shuttle->ticketKeys[at];
        break;
      }
    }
    if (key == NULL) return 0;
  }
  const EVP_CIPHER *kind = claw_ticket_cipher(key);
  const EVP_MD *digest = claw_sha256_method();
  if (kind == NULL || digest == NULL || HMAC_Init_ex(mac, key->hmac, key->hmacCount, digest, NULL) != 1) return -1;
  if (encrypts) return EVP_EncryptInit_ex(cipher, kind, NULL, key->aes, iv) == 1 ? 1 : -1;
  if (EVP_DecryptInit_ex(cipher, kind, NULL, key->aes, iv) != 1) return -1;
  return at > 0 || SSL_version(ssl) == TLS1_3_VERSION ? 2 : 1;
}

static inline void claw_ssl_ctx_ticket_keys(SSL_CTX *context) {
  SSL_CTX_set_tlsext_ticket_key_cb(context, claw_ssl_ticket_key);
}

#pragma clang diagnostic pop

/// What the server likes best of what the client speaks (RFC 7301 3.2); nothing in common ends the handshake.
static inline int claw_ssl_alpn(SSL *ssl, const unsigned char **out, unsigned char *count, const unsigned char *offered,
                                unsigned int offeredCount, void *nothing) {
  (void)nothing;
  claw_shuttle *shuttle = (claw_shuttle *)SSL_get_app_data(ssl);
  if (shuttle == NULL || shuttle->protocolsCount == 0) return SSL_TLSEXT_ERR_NOACK;
  unsigned char *chosen = NULL;
  if (SSL_select_next_proto(&chosen, count, shuttle->protocols, shuttle->protocolsCount, offered, offeredCount) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/// What an OCSP responder said of a certificate, until when that holds (Unix seconds; 0: for good).
typedef struct claw_staple {
  X509 *certificate;
  const unsigned char *bytes;
  int count;
  long until;
} claw_staple;

typedef struct claw_staples {
  const claw_staple *first;
  int count;
} claw_staples;

static inline int claw_ssl_staple(SSL *ssl, void *all) {
  const claw_staples *staples = (const claw_staples *)all;
  X509 *used = SSL_get_certificate(ssl);
  for (int at = 0; at < staples->count; at++) {
    const claw_staple *staple = &staples->first[at];
    if (used == NULL || X509_cmp(staple->certificate, used) != 0) continue;
    if (staple->until != 0 && staple->until <= (long)time(NULL)) break;
    unsigned char *copy = (unsigned char *)OPENSSL_memdup(staple->bytes, (size_t)staple->count);
    if (copy == NULL) break;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, staple->count);
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

static inline void claw_ssl_ctx_staple(SSL_CTX *context, const claw_staples *staples) {
  SSL_CTX_set_tlsext_status_cb(context, claw_ssl_staple);
  SSL_CTX_set_tlsext_status_arg(context, (void *)staples);
}

/// That a name was asked for is acknowledged (RFC 6066 3); it has been looked at by then.
static inline int claw_ssl_name_known(SSL *ssl, int *alert, void *nothing) {
  (void)ssl, (void)alert, (void)nothing;
  return SSL_TLSEXT_ERR_OK;
}

/// One ticket for each handshake, as crypto/tls of Go gives: a second one costs a fiftieth of the handshake, and is for
/// clients that open several connections at the same moment and never use a ticket twice.
static inline void claw_ssl_ctx_serve(SSL_CTX *context) {
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_recv_max_early_data(context, 0);
  SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384");
  claw_ssl_ctx_ticket_keys(context);
  SSL_CTX_set_tlsext_servername_callback(context, claw_ssl_name_known);
  SSL_CTX_set_alpn_select_cb(context, claw_ssl_alpn, NULL);
}

static inline void claw_ssl_ctx_demand(SSL_CTX *context, int isRequired) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), claw_ssl_verified);
}

/// The host name that a client asks for (RFC 6066 3), in its hello; NULL where it asks for none, or in another form.
static inline const unsigned char *claw_hello_name(SSL *ssl, size_t *count) {
  const unsigned char *bytes = NULL;
  size_t left = 0;
  if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &left) || left < 6) return NULL;
  size_t list = ((size_t)bytes[0] << 8) | bytes[1];
  size_t name = ((size_t)bytes[3] << 8) | bytes[4];
  if (list + 2 != left || bytes[2] != TLSEXT_NAMETYPE_host_name || name == 0 || name > 255 || name + 3 > list) return NULL;
  *count = name;
  return bytes + 5;
}

static inline unsigned int claw_ssl_place(SSL *ssl) {
  claw_shuttle *shuttle = (claw_shuttle *)SSL_get_app_data(ssl);
  return shuttle == NULL ? 0 : shuttle->place;
}

/// The certificates of a PEM text: the first, and those behind it as its chain. NULL where there is none.
static inline X509 *claw_pem_certificates(BIO *text, STACK_OF(X509) **chain) {
  X509 *first = PEM_read_bio_X509_AUX(text, NULL, NULL, NULL);
  if (first == NULL) return NULL;
  *chain = sk_X509_new_null();
  X509 *next;
  while (*chain != NULL && (next = PEM_read_bio_X509(text, NULL, NULL, NULL)) != NULL) {
    if (!sk_X509_push(*chain, next)) {
      X509_free(next);
      break;
    }
  }
  ERR_clear_error();
  return first;
}

static inline void claw_x509_chain_free(STACK_OF(X509) *chain) { sk_X509_pop_free(chain, X509_free); }

static inline int claw_ssl_ctx_use(SSL_CTX *context, X509 *leaf, EVP_PKEY *key, STACK_OF(X509) *chain) {
  return SSL_CTX_use_cert_and_key(context, leaf, key, chain, 1);
}

/// Unix seconds; 0 where it is no time.
static inline long claw_asn1_seconds(const ASN1_TIME *moment) {
  struct tm parts;
  memset(&parts, 0, sizeof parts);
  return moment != NULL && ASN1_TIME_to_tm(moment, &parts) == 1 ? (long)timegm(&parts) : 0;
}

/// Until when an OCSP response (DER) holds, in Unix seconds; 0: it does not say; -1: it is none, or no successful one.
static inline long claw_ocsp_until(const unsigned char *bytes, long count) {
  long until = -1;
  OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &bytes, count);
  if (response == NULL) return -1;
  OCSP_BASICRESP *basic =
      OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL ? OCSP_response_get1_basic(response) : NULL;
  if (basic != NULL && OCSP_resp_count(basic) > 0) {
    ASN1_GENERALIZEDTIME *next = NULL;
    OCSP_single_get0_status(OCSP_resp_get0(basic, 0), NULL, NULL, NULL, &next);
    until = claw_asn1_seconds(next);
  }
  OCSP_BASICRESP_free(basic);
  OCSP_RESPONSE_free(response);
  return until;
}

/// Type and bytes of a name of any kind that is text or an address; NULL for others.
static inline const unsigned char *claw_general_name_of_any(const GENERAL_NAMES *names, int at, int *type, int *count) {
  const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, at);
  *type = name->type;
  const ASN1_STRING *text = NULL;
  if (name->type == GEN_URI) text = name->d.uniformResourceIdentifier;
  if (name->type == GEN_EMAIL) text = name->d.rfc822Name;
  if (text == NULL) return claw_general_name(names, at, type, count);
  *count = ASN1_STRING_length(text);
  return ASN1_STRING_get0_data(text);
}

/// A key with a passphrase is refused; nobody is there to be asked.
static inline int claw_no_passphrase(char *into, int room, int writes, void *data) {
  (void)into, (void)room, (void)writes, (void)data;
  return -1;
}

static inline void claw_ssl_ctx_refuse_passphrases(SSL_CTX *context) {
  SSL_CTX_set_default_passwd_cb(context, claw_no_passphrase);
}

#endif
