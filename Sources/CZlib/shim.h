// What ClawProxy uses of zlib (zlib1g-dev). deflateInit2 is a macro, which Swift does not see.
#ifndef CLAWPROXY_CZLIB_H
#define CLAWPROXY_CZLIB_H

#include <string.h>
#include <zlib.h>

/// Begins a gzip stream (RFC 1952) at a compression level of 1 to 9. Z_OK, or zlib's error.
static inline int claw_gzip_begin(z_stream *stream, int level) {
  memset(stream, 0, sizeof *stream);
  return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

#endif
