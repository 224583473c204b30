/* Functions of numbers without libm, whose bits differ between versions. Polynomials in a fixed order, within 1e-14,
 * and without branches, so that a loop over the items of a window runs several at a time. */
#ifndef SEGUE_NUMBERS_H
#define SEGUE_NUMBERS_H

#include <stdint.h>

#define LN2 0.6931471805599453

/* 2^-x for x >= 0; x beyond 1000 counts as 1000. The fraction by the series of e^f, |f| <= ln(2) / 2. */
static inline double exp2_minus(double x) {
  x = x < 1000.0 ? x : 1000.0;
  int32_t whole = (int32_t)(x + 0.5);
  double f = -(x - (double)whole) * LN2, sum = 1.0 / 479001600;
  sum = sum * f + 1.0 / 39916800, sum = sum * f + 1.0 / 3628800, sum = sum * f + 1.0 / 362880;
  sum = sum * f + 1.0 / 40320, sum = sum * f + 1.0 / 5040, sum = sum * f + 1.0 / 720, sum = sum * f + 1.0 / 120;
  sum = sum * f + 1.0 / 24, sum = sum * f + 1.0 / 6, sum = sum * f + 0.5, sum = sum * f + 1.0, sum = sum * f + 1.0;
  union { uint64_t bits; double value; } power = {(uint64_t)(1023 - whole) << 52};
  return sum * power.value;
}

/* Sine and cosine of an angle in quadrants, 0 to 4, by the series on the nearest quadrant's +-pi/4. */
static inline void sine_cosine(double quadrants, double *sine, double *cosine) {
  int32_t nearest = (int32_t)(quadrants + 0.5);
  double y = (quadrants - (double)nearest) * 1.5707963267948966, y2 = y * y, s = 1.0 / 6227020800.0, c = -1.0 / 87178291200.0;
  s = s * y2 - 1.0 / 39916800, s = s * y2 + 1.0 / 362880, s = s * y2 - 1.0 / 5040, s = s * y2 + 1.0 / 120;
  s = s * y2 - 1.0 / 6, s = (s * y2 + 1.0) * y;
  c = c * y2 + 1.0 / 479001600, c = c * y2 - 1.0 / 3628800, c = c * y2 + 1.0 / 40320, c = c * y2 - 1.0 / 720;
  c = c * y2 + 1.0 / 24, c = c * y2 - 0.5, c = c * y2 + 1.0;
  double first = nearest & 1 ? c : s, second = nearest & 1 ? s : c;
  *sine = nearest & 2 ? -first : first;
  *cosine = (nearest + 1) & 2 ? -second : second;
}

/* log(1 + x) for x >= 0: log of the rounded sum by the series of atanh, and what rounding took away. */
static inline double log1p_of(double x) {
  if (!(x < 1e300)) return 690.77552789821368;
  union { double value; uint64_t bits; } y = {1.0 + x};
  double lost = (x - (y.value - 1.0)) / y.value;
  int64_t exponent = (int64_t)(y.bits >> 52) - 1023;
  y.bits = (y.bits & 0xfffffffffffffu) | 0x3ff0000000000000u;
  if (y.value > 1.4142135623730951) y.value *= 0.5, exponent++;
  double s = (y.value - 1.0) / (y.value + 1.0), s2 = s * s, sum = 1.0 / 21;
  sum = sum * s2 + 1.0 / 19, sum = sum * s2 + 1.0 / 17, sum = sum * s2 + 1.0 / 15, sum = sum * s2 + 1.0 / 13;
  sum = sum * s2 + 1.0 / 11, sum = sum * s2 + 1.0 / 9, sum = sum * s2 + 1.0 / 7, sum = sum * s2 + 1.0 / 5;
  sum = sum * s2 + 1.0 / 3, sum = sum * s2 + 1.0;
  return (double)exponent * LN2 + 2.0 * s * sum + lost;
}

#endif
