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

/// The widest registers that are used: 0 what every machine of the architecture has, 1 of 256 bits, 2 of 512 bits.
int clawproxy_vectors_width(void);

/// Uses none wider than `most`, for tests that compare; a number above 2 takes the limit off.
void clawproxy_vectors_limit(int most);

#endif
