#include "CVectors.h"

// No fused multiplication and addition: not every machine has it.
#pragma STDC FP_CONTRACT OFF

// The same lines are compiled for each width of registers. A vector here is 64 bytes; narrower registers take it in
// parts, which changes no result, as every number of it is by itself.
typedef float floats __attribute__((vector_size(64), aligned(4)));
typedef double doubles __attribute__((vector_size(64), aligned(8)));
typedef int16_t shorts __attribute__((vector_size(32), aligned(2)));
typedef int8_t bytes __attribute__((vector_size(16), aligned(1)));

#define ALWAYS static inline __attribute__((always_inline))

ALWAYS void add_f32(const float *row, float factor, size_t count, float *sums) {
    for (size_t index = 0; index < count; index += 16)
        *(floats *)(sums + index) += *(const floats *)(row + index) * factor;
}

ALWAYS void add_i8(const int8_t *row, float factor, size_t count, float *sums) {
    for (size_t index = 0; index < count; index += 16)
        *(floats *)(sums + index) += __builtin_convertvector(*(const bytes *)(row + index), floats) * factor;
}

#define NUMBERS(place) __builtin_convertvector(*(const shorts *)(place), floats)

ALWAYS void mix_i16(const int16_t *rows, size_t count, size_t width, const float *factors, float *sums) {
    size_t column = 0;
    for (; column + 64 <= width; column += 64) {
        floats a = {0}, b = {0}, c = {0}, d = {0};
        const int16_t *place = rows + column;
        for (size_t row = 0; row < count; row++, place += width) {
            a += NUMBERS(place) * factors[row];
            b += NUMBERS(place + 16) * factors[row];
            c += NUMBERS(place + 32) * factors[row];
            d += NUMBERS(place + 48) * factors[row];
        }
        floats *sum = (floats *)(sums + column);
        sum[0] = a;
        sum[1] = b;
        sum[2] = c;
        sum[3] = d;
    }
    for (; column + 32 <= width; column += 32) {
        floats a = {0}, b = {0};
        const int16_t *place = rows + column;
        for (size_t row = 0; row < count; row++, place += width) {
            a += NUMBERS(place) * factors[row];
            b += NUMBERS(place + 16) * factors[row];
        }
        floats *sum = (floats *)(sums + column);
        sum[0] = a;
        sum[1] = b;
    }
    if (column < width) {
        floats a = {0};
        for (size_t row = 0; row < count; row++) a += NUMBERS(rows + row * width + column) * factors[row];
        *(floats *)(sums + column) = a;
    }
}

ALWAYS float add_postings(
    const struct clawproxy_bucket *buckets, const struct clawproxy_entry *entries, const float *rows, size_t stride,
    const int32_t *places, const float *values, size_t count, float *sums) {
    float square = 0;
    for (size_t index = 0; index < count; index++) {
        // Most of the time would be spent on waiting for memory: buckets are asked for early, then their entries.
        if (index + 16 < count) __builtin_prefetch(buckets + places[index + 16]);
        if (index + 8 < count) {
            const struct clawproxy_bucket *next = buckets + places[index + 8];
            if (next->start < next->end) __builtin_prefetch(entries + next->start);
        }
        const struct clawproxy_bucket bucket = buckets[places[index]];
        const float said = values[index] * bucket.weight;
        square += said * said;
        if (bucket.row >= 0) {
            add_f32(rows + (size_t)bucket.row * stride, said, stride, sums);
            continue;
        }
        for (uint32_t slot = bucket.start; slot < bucket.end; slot++)
            sums[entries[slot].column] += said * entries[slot].value;
    }
    return square;
}

/// One tile of `height` x `breadth` sums; sizes are constants where it is called.
ALWAYS void tile_f64(
    const double *left, size_t left_stride, const double *right, size_t right_stride, size_t length, double factor,
    double *target, size_t target_stride, const size_t height, const size_t breadth) {
    doubles sums[4][4] = {{{0}}};
    const size_t wide = length & ~(size_t)7;
    for (size_t index = 0; index < wide; index += 8) {
        doubles rights[4];
#pragma clang loop unroll(full)
        for (size_t j = 0; j < breadth; j++) rights[j] = *(const doubles *)(right + j * right_stride + index);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < height; i++) {
            const doubles one = *(const doubles *)(left + i * left_stride + index);
#pragma clang loop unroll(full)
            for (size_t j = 0; j < breadth; j++) sums[i][j] += one * rights[j];
        }
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < height; i++) {
#pragma clang loop unroll(full)
        for (size_t j = 0; j < breadth; j++) {
            const doubles s = sums[i][j];
            double total = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
            for (size_t index = wide; index < length; index++)
                total += left[i * left_stride + index] * right[j * right_stride + index];
            target[i * target_stride + j] += factor * total;
        }
    }
}

ALWAYS void products_f64(
    const double *left, size_t lefts, size_t left_stride, const double *right, size_t rights, size_t right_stride,
    size_t length, double factor, double *target, size_t target_stride, const size_t height, const size_t breadth) {
    for (size_t row = 0; row < lefts;) {
        const double *one = left + row * left_stride;
        const size_t rows = row + height <= lefts ? height : 1;
        for (size_t column = 0; column < rights;) {
            const double *other = right + column * right_stride;
            double *place = target + row * target_stride + column;
            const size_t columns = column + breadth <= rights ? breadth : 1;
            if (rows > 1 && columns > 1)
                tile_f64(one, left_stride, other, right_stride, length, factor, place, target_stride, height, breadth);
            else if (rows > 1)
                tile_f64(one, left_stride, other, right_stride, length, factor, place, target_stride, height, 1);
            else if (columns > 1)
                tile_f64(one, left_stride, other, right_stride, length, factor, place, target_stride, 1, breadth);
            else
                tile_f64(one, left_stride, other, right_stride, length, factor, place, target_stride, 1, 1);
            column += columns;
        }
        row += rows;
    }
}

#define PRODUCTS(height, breadth)                                                                                      \
    products_f64(                                                                                                      \
        left, lefts, left_stride, right, rights, right_stride, length, factor, target, target_stride, height, breadth)

#if defined(__x86_64__)
#define WIDE __attribute__((target("avx2"), noinline)) static
#define WIDEST __attribute__((target("avx512f,avx512bw,avx512vl"), min_vector_width(512), noinline)) static

WIDE void add_i8_256(const int8_t *row, float factor, size_t count, float *sums) { add_i8(row, factor, count, sums); }
WIDEST void add_i8_512(const int8_t *row, float factor, size_t count, float *sums) {
    add_i8(row, factor, count, sums);
}
WIDE void mix_i16_256(const int16_t *rows, size_t count, size_t width, const float *factors, float *sums) {
    mix_i16(rows, count, width, factors, sums);
}
WIDEST void mix_i16_512(const int16_t *rows, size_t count, size_t width, const float *factors, float *sums) {
    mix_i16(rows, count, width, factors, sums);
}
WIDE float add_postings_256(
    const struct clawproxy_bucket *buckets, const struct clawproxy_entry *entries, const float *rows, size_t stride,
    const int32_t *places, const float *values, size_t count, float *sums) {
    return add_postings(buckets, entries, rows, stride, places, values, count, sums);
}
WIDEST float add_postings_512(
    const struct clawproxy_bucket *buckets, const struct clawproxy_entry *entries, const float *rows, size_t stride,
    const int32_t *places, const float *values, size_t count, float *sums) {
    return add_postings(buckets, entries, rows, stride, places, values, count, sums);
}
WIDE void products_f64_256(
    const double *left, size_t lefts, size_t left_stride, const double *right, size_t rights, size_t right_stride,
    size_t length, double factor, double *target, size_t target_stride) {
    PRODUCTS(2, 2);
}
WIDEST void products_f64_512(
    const double *left, size_t lefts, size_t left_stride, const double *right, size_t rights, size_t right_stride,
    size_t length, double factor, double *target, size_t target_stride) {
    PRODUCTS(4, 4);
}

#define BY_WIDTH(name, ...)                                                                                            \
    switch (clawproxy_vectors_width()) {                                                                               \
    case 2: return name##_512(__VA_ARGS__);                                                                            \
    case 1: return name##_256(__VA_ARGS__);                                                                            \
    default: break;                                                                                                    \
    }
#else
#define BY_WIDTH(name, ...)
#endif

void clawproxy_add_i8(const int8_t *row, float factor, size_t count, float *sums) {
    BY_WIDTH(add_i8, row, factor, count, sums)
    add_i8(row, factor, count, sums);
}

void clawproxy_mix_i16(const int16_t *rows, size_t count, size_t width, const float *factors, float *sums) {
    BY_WIDTH(mix_i16, rows, count, width, factors, sums)
    mix_i16(rows, count, width, factors, sums);
}

float clawproxy_add_postings(
    const struct clawproxy_bucket *buckets, const struct clawproxy_entry *entries, const float *rows, size_t stride,
    const int32_t *places, const float *values, size_t count, float *sums) {
    BY_WIDTH(add_postings, buckets, entries, rows, stride, places, values, count, sums)
    return add_postings(buckets, entries, rows, stride, places, values, count, sums);
}

void clawproxy_products_f64(
    const double *left, size_t lefts, size_t left_stride, const double *right, size_t rights, size_t right_stride,
    size_t length, double factor, double *target, size_t target_stride) {
    BY_WIDTH(
        products_f64, left, lefts, left_stride, right, rights, right_stride, length, factor, target, target_stride)
    PRODUCTS(2, 1);
}
