#ifndef CLAWPROXY_CVECTORS_H
#define CLAWPROXY_CVECTORS_H

#include <stddef.h>
#include <stdint.h>

/// Sums over long rows of numbers, in as wide registers as the processor has. Every result is the same, bit for bit, on
/// every machine: whole numbers add up to the same in any order, and floating-point sums are taken number by number in
/// the order of the rows, multiplied and added without fusing.

/// Products of `query` with `count` rows of `dimensions` numbers that lie one after another; exact for all numbers.
/// `dimensions` is a multiple of 32.
void clawproxy_dots_i8(const int8_t *rows, size_t count, size_t dimensions, const int8_t *query, int32_t *out);

/// The same of 16-bit numbers; `dimensions` is a multiple of 32, and no product may leave 32 bits.
void clawproxy_dots_i16(const int16_t *rows, size_t count, size_t dimensions, const int16_t *query, int32_t *out);

/// sums[j] += factor * row[j]; `count` is a multiple of 16.
void clawproxy_add_i8(const int8_t *row, float factor, size_t count, float *sums);

/// sums[j] = sum over the rows, in their order, of factors[row] * rows[row][j]; `width` is a multiple of 16.
void clawproxy_mix_i16(const int16_t *rows, size_t count, size_t width, const float *factors, float *sums);

/// A bucket of an inverted list.
struct clawproxy_bucket {
    /// What a value in it is multiplied with.
    float weight;
    /// Where its entries stand: from `start` to before `end`.
    uint32_t start;
    uint32_t end;
    /// If it has a number for each column instead: which row; else -1.
    int32_t row;
};

/// An entry of an inverted list.
struct clawproxy_entry {
    uint32_t column;
    float value;
};

/// Adds to `sums` for each of `count` values, in their order, its product with everything that its bucket has.
/// `stride`, a multiple of 16, is how long a row is. Returns the sum of the squares of the weighted values.
float clawproxy_add_postings(
    const struct clawproxy_bucket *buckets, const struct clawproxy_entry *entries, const float *rows, size_t stride,
    const int32_t *places, const float *values, size_t count, float *sums);

/// target[i][j] += factor * sum over k < length of left[i][k] * right[j][k]: eight sums of every eighth product, added
/// up in an order of its own. Strides are in numbers.
void clawproxy_products_f64(
    const double *left, size_t lefts, size_t left_stride, const double *right, size_t rights, size_t right_stride,
    size_t length, double factor, double *target, size_t target_stride);

/// The widest registers that are used: 0 what every machine of the architecture has, 1 of 256 bits, 2 of 512 bits.
int clawproxy_vectors_width(void);

/// Uses none wider than `most`, for tests that compare; a number above 2 takes the limit off.
void clawproxy_vectors_limit(int most);

#endif
