#include "CVectors.h"

#include <stdatomic.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// No fused multiplication and addition: not every machine has it.
#pragma STDC FP_CONTRACT OFF

static _Atomic int limit = 2;

void clawproxy_vectors_limit(int most) { atomic_store_explicit(&limit, most > 2 ? 2 : most, memory_order_relaxed); }

int clawproxy_vectors_width(void) {
    int most = atomic_load_explicit(&limit, memory_order_relaxed);
    int has = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        has = 2;
    else if (__builtin_cpu_supports("avx2"))
        has = 1;
#endif
    return has < most ? has : most;
}

static void dots_plain(const int8_t *rows, size_t count, size_t dimensions, const int8_t *query, int32_t *out) {
    for (size_t row = 0; row < count; row++, rows += dimensions) {
        int32_t sum = 0;
        for (size_t index = 0; index < dimensions; index++) sum += (int32_t)rows[index] * (int32_t)query[index];
        out[row] = sum;
    }
}

static void dots_i16_plain(const int16_t *rows, size_t count, size_t dimensions, const int16_t *query, int32_t *out) {
    for (size_t row = 0; row < count; row++, rows += dimensions) {
        int32_t sum = 0;
        for (size_t index = 0; index < dimensions; index++) sum += (int32_t)rows[index] * (int32_t)query[index];
        out[row] = sum;
    }
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) static inline int32_t total_256(__m256i sums) {
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1)));
}

__attribute__((target("avx2"))) static void dots_256(
    const int8_t *rows, size_t count, size_t dimensions, const int8_t *query, int32_t *out) {
    size_t row = 0;
    for (; row + 4 <= count; row += 4, rows += 4 * dimensions) {
        const int8_t *r1 = rows + dimensions, *r2 = r1 + dimensions, *r3 = r2 + dimensions;
        __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
        for (size_t index = 0; index < dimensions; index += 16) {
            __m256i other = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(query + index)));
#define CLAWPROXY_STEP(sum, place)                                                                                     \
    sum = _mm256_add_epi32(                                                                                            \
        sum, _mm256_madd_epi16(_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(place + index))), other))
            CLAWPROXY_STEP(a, rows);
            CLAWPROXY_STEP(b, r1);
            CLAWPROXY_STEP(c, r2);
            CLAWPROXY_STEP(d, r3);
        }
        // Sums of eight lanes of four rows at once.
        __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
        __m128i four = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
        _mm_storeu_si128((__m128i *)(out + row), four);
    }
    for (; row < count; row++, rows += dimensions) {
        __m256i sum = _mm256_setzero_si256();
        for (size_t index = 0; index < dimensions; index += 16) {
            __m256i other = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(query + index)));
            CLAWPROXY_STEP(sum, rows);
        }
        out[row] = total_256(sum);
    }
#undef CLAWPROXY_STEP
}

__attribute__((target("avx2"))) static void dots_i16_256(
    const int16_t *rows, size_t count, size_t dimensions, const int16_t *query, int32_t *out) {
    size_t row = 0;
#define CLAWPROXY_STEP(sum, place)                                                                                     \
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_loadu_si256((const __m256i *)(place + index)), other))
    for (; row + 4 <= count; row += 4, rows += 4 * dimensions) {
        const int16_t *r1 = rows + dimensions, *r2 = r1 + dimensions, *r3 = r2 + dimensions;
        __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
        for (size_t index = 0; index < dimensions; index += 16) {
            const __m256i other = _mm256_loadu_si256((const __m256i *)(query + index));
            CLAWPROXY_STEP(a, rows);
            CLAWPROXY_STEP(b, r1);
            CLAWPROXY_STEP(c, r2);
            CLAWPROXY_STEP(d, r3);
        }
        __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
        __m128i four = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
        _mm_storeu_si128((__m128i *)(out + row), four);
    }
    for (; row < count; row++, rows += dimensions) {
        __m256i sum = _mm256_setzero_si256();
        for (size_t index = 0; index < dimensions; index += 16) {
            const __m256i other = _mm256_loadu_si256((const __m256i *)(query + index));
            CLAWPROXY_STEP(sum, rows);
        }
        out[row] = total_256(sum);
    }
#undef CLAWPROXY_STEP
}

/// Rows are made unsigned by 128, which adds 128 times the sum of the query: that is taken off again.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) static void dots_512(
    const int8_t *rows, size_t count, size_t dimensions, const int8_t *query, int32_t *out) {
    const size_t wide = dimensions & ~(size_t)63;
    const __m512i flip = _mm512_set1_epi8((char)0x80);
    const __m512i ones = _mm512_set1_epi8(1);
    const __mmask64 rest = dimensions == wide ? 0 : 0xFFFFFFFF;
    __m512i whole = _mm512_setzero_si512();
    for (size_t index = 0; index < wide; index += 64)
        whole = _mm512_dpbusd_epi32(whole, ones, _mm512_loadu_si512(query + index));
    const __m512i last = _mm512_maskz_loadu_epi8(rest, query + wide);
    const int32_t offset = 128 * _mm512_reduce_add_epi32(_mm512_dpbusd_epi32(whole, ones, last));
    size_t row = 0;
    for (; row + 4 <= count; row += 4, rows += 4 * dimensions) {
        const int8_t *r1 = rows + dimensions, *r2 = r1 + dimensions, *r3 = r2 + dimensions;
        __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
#define CLAWPROXY_STEP(sum, numbers) sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(numbers, flip), other)
        for (size_t index = 0; index < wide; index += 64) {
            const __m512i other = _mm512_loadu_si512(query + index);
            CLAWPROXY_STEP(a, _mm512_loadu_si512(rows + index));
            CLAWPROXY_STEP(b, _mm512_loadu_si512(r1 + index));
            CLAWPROXY_STEP(c, _mm512_loadu_si512(r2 + index));
            CLAWPROXY_STEP(d, _mm512_loadu_si512(r3 + index));
        }
        if (rest) {
            const __m512i other = last;
            CLAWPROXY_STEP(a, _mm512_maskz_loadu_epi8(rest, rows + wide));
            CLAWPROXY_STEP(b, _mm512_maskz_loadu_epi8(rest, r1 + wide));
            CLAWPROXY_STEP(c, _mm512_maskz_loadu_epi8(rest, r2 + wide));
            CLAWPROXY_STEP(d, _mm512_maskz_loadu_epi8(rest, r3 + wide));
        }
#define CLAWPROXY_HALF(sum) _mm256_add_epi32(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1))
        __m256i pairs = _mm256_hadd_epi32(
            _mm256_hadd_epi32(CLAWPROXY_HALF(a), CLAWPROXY_HALF(b)),
            _mm256_hadd_epi32(CLAWPROXY_HALF(c), CLAWPROXY_HALF(d)));
        __m128i four = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
        _mm_storeu_si128((__m128i *)(out + row), _mm_sub_epi32(four, _mm_set1_epi32(offset)));
    }
    for (; row < count; row++, rows += dimensions) {
        __m512i sum = _mm512_setzero_si512();
        for (size_t index = 0; index < wide; index += 64) {
            const __m512i other = _mm512_loadu_si512(query + index);
            CLAWPROXY_STEP(sum, _mm512_loadu_si512(rows + index));
        }
        const __m512i other = last;
        if (rest) CLAWPROXY_STEP(sum, _mm512_maskz_loadu_epi8(rest, rows + wide));
        out[row] = _mm512_reduce_add_epi32(sum) - offset;
    }
#undef CLAWPROXY_STEP
}

__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) static void dots_i16_512(
    const int16_t *rows, size_t count, size_t dimensions, const int16_t *query, int32_t *out) {
    size_t row = 0;
#define CLAWPROXY_STEP(sum, place) sum = _mm512_dpwssd_epi32(sum, _mm512_loadu_si512(place + index), other)
    for (; row + 4 <= count; row += 4, rows += 4 * dimensions) {
        const int16_t *r1 = rows + dimensions, *r2 = r1 + dimensions, *r3 = r2 + dimensions;
        __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
        for (size_t index = 0; index < dimensions; index += 32) {
            const __m512i other = _mm512_loadu_si512(query + index);
            CLAWPROXY_STEP(a, rows);
            CLAWPROXY_STEP(b, r1);
            CLAWPROXY_STEP(c, r2);
            CLAWPROXY_STEP(d, r3);
        }
        __m256i pairs = _mm256_hadd_epi32(
            _mm256_hadd_epi32(CLAWPROXY_HALF(a), CLAWPROXY_HALF(b)),
            _mm256_hadd_epi32(CLAWPROXY_HALF(c), CLAWPROXY_HALF(d)));
        __m128i four = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
        _mm_storeu_si128((__m128i *)(out + row), four);
    }
    for (; row < count; row++, rows += dimensions) {
        __m512i sum = _mm512_setzero_si512();
        for (size_t index = 0; index < dimensions; index += 32) {
            const __m512i other = _mm512_loadu_si512(query + index);
            CLAWPROXY_STEP(sum, rows);
        }
        out[row] = _mm512_reduce_add_epi32(sum);
    }
#undef CLAWPROXY_STEP
#undef CLAWPROXY_HALF
}

#endif

void clawproxy_dots_i8(const int8_t *rows, size_t count, size_t dimensions, const int8_t *query, int32_t *out) {
#if defined(__x86_64__)
    int width = clawproxy_vectors_width();
    if (width == 2) return dots_512(rows, count, dimensions, query, out);
    if (width == 1) return dots_256(rows, count, dimensions, query, out);
#endif
    dots_plain(rows, count, dimensions, query, out);
}

void clawproxy_dots_i16(const int16_t *rows, size_t count, size_t dimensions, const int16_t *query, int32_t *out) {
#if defined(__x86_64__)
    int width = clawproxy_vectors_width();
    if (width == 2) return dots_i16_512(rows, count, dimensions, query, out);
    if (width == 1) return dots_i16_256(rows, count, dimensions, query, out);
#endif
    dots_i16_plain(rows, count, dimensions, query, out);
}
