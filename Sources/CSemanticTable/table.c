#include "CSemanticTable.h"

extern const unsigned char clawproxy_semantic_table_start[] __attribute__((visibility("hidden")));
extern const unsigned char clawproxy_semantic_table_end[] __attribute__((visibility("hidden")));
extern const unsigned char clawproxy_semantic_categories_start[] __attribute__((visibility("hidden")));
extern const unsigned char clawproxy_semantic_categories_end[] __attribute__((visibility("hidden")));
extern const unsigned char clawproxy_semantic_words_start[] __attribute__((visibility("hidden")));
extern const unsigned char clawproxy_semantic_words_end[] __attribute__((visibility("hidden")));

const unsigned char *clawproxy_semantic_table(size_t *count) {
    *count = (size_t)(clawproxy_semantic_table_end - clawproxy_semantic_table_start);
    return clawproxy_semantic_table_start;
}

const unsigned char *clawproxy_semantic_categories(size_t *count) {
    *count = (size_t)(clawproxy_semantic_categories_end - clawproxy_semantic_categories_start);
    return clawproxy_semantic_categories_start;
}

const unsigned char *clawproxy_semantic_words(size_t *count) {
    *count = (size_t)(clawproxy_semantic_words_end - clawproxy_semantic_words_start);
    return clawproxy_semantic_words_start;
}
