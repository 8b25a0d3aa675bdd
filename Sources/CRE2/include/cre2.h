// Regular expressions of RE2 behind a C surface: compile, match, captures, and sets that match many patterns in one
// pass.
//
// No C++ exception leaves this file, and "out of memory" is always told apart from "does not match". A compiled regex
// or set may be matched by any number of threads at once; building and freeing belong to one.

#ifndef CRE2_H
#define CRE2_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_regex cre2_regex;
typedef struct cre2_set cre2_set;

/// What a match or an addition to a set says beside its count or index.
enum { CRE2_OUT_OF_MEMORY = -1, CRE2_INVALID = -2 };

/// Compiles a pattern (UTF-8). `max_memory` bounds program and caches, in bytes. NULL where RE2 refuses it: its
/// message, cut to `error_capacity` and ended by NUL, is in `error`.
cre2_regex *cre2_new(const char *pattern, size_t length, int64_t max_memory, char *error, size_t error_capacity);
void cre2_free(cre2_regex *regex);

/// How many capturing groups the pattern has, the whole match not counted.
int cre2_captures(const cre2_regex *regex);

/// Whether the pattern is found anywhere in the text: 1, 0, or CRE2_OUT_OF_MEMORY.
int cre2_match(const cre2_regex *regex, const char *text, size_t length);

/// Like `cre2_match`, and says where the groups stand: `ranges` takes `groups` pairs (offset, length), the whole match
/// first; (-1, 0) for a group that took no part or does not exist. `groups` is at most CRE2_MAX_GROUPS.
enum { CRE2_MAX_GROUPS = 10 };
int cre2_match_groups(const cre2_regex *regex, const char *text, size_t length, int64_t *ranges, int groups);

/// An empty set; NULL when there is no memory for it.
cre2_set *cre2_set_new(int64_t max_memory);
void cre2_set_free(cre2_set *set);

/// Adds a pattern before the set is compiled: its index from 0, CRE2_INVALID with RE2's message, or CRE2_OUT_OF_MEMORY.
int cre2_set_add(cre2_set *set, const char *pattern, size_t length, char *error, size_t error_capacity);

/// 1, or 0 when the patterns together do not fit the set's memory.
int cre2_set_compile(cre2_set *set);

/// Writes the indices of the patterns that are found in the text, in no order, and returns how many they are, which may
/// be more than `capacity` (only so many are written); or CRE2_OUT_OF_MEMORY: the set cannot tell.
int cre2_set_match(const cre2_set *set, const char *text, size_t length, int32_t *indices, int capacity);

#ifdef __cplusplus
}
#endif

#endif
