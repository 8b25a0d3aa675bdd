// The data that the program carries: the table of token vectors and the library of categories.
#ifndef CLAWPROXY_CSEMANTICTABLE_H
#define CLAWPROXY_CSEMANTICTABLE_H

#include <stddef.h>

/// The built-in table (data/table.bin), aligned to 64 bytes; valid for as long as the program runs.
const unsigned char *_Nonnull clawproxy_semantic_table(size_t *_Nonnull count);

/// The Chinese words (data/table-zh.bin), aligned to 64 bytes.
const unsigned char *_Nonnull clawproxy_semantic_words(size_t *_Nonnull count);

/// The category library (data/categories.txt, UTF-8), followed by a zero byte.
const unsigned char *_Nonnull clawproxy_semantic_categories(size_t *_Nonnull count);

#endif
