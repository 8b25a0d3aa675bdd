// What ClawProxy uses of OpenSSL 3 (libssl-dev). Below: names for what are macros, which Swift does not see, and a BIO
// over the memory of one call.
#ifndef CLAWPROXY_COPENSSL_H
#define CLAWPROXY_COPENSSL_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

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

/// A key with a passphrase is refused; nobody is there to be asked.
static inline int claw_no_passphrase(char *into, int room, int writes, void *data) {
  (void)into, (void)room, (void)writes, (void)data;
  return -1;
}

static inline void claw_ssl_ctx_refuse_passphrases(SSL_CTX *context) {
  SSL_CTX_set_default_passwd_cb(context, claw_no_passphrase);
}

#endif
