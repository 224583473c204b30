/* Functions of numbers without libm, whose bits differ between versions. Polynomials in a fixed order, within 1e-14. */
#include "kernel.h"

#define LN2 0.6931471805599453

static double power_of_two(int64_t exponent) { /* -1022 to 1023 */
  union { uint64_t bits; double value; } made = {(uint64_t)(exponent + 1023) << 52};
  return made.value;
}

/* 2^-x for x >= 0: the fraction by a Taylor series of e^f, |f| <= ln(2) / 2. */
double exp2_minus(double x) {
  if (!(x < 1000.0)) return 0.0;
  int64_t whole = (int64_t)(x + 0.5);
  double f = -(x - (double)whole) * LN2, sum = 1.0;
  for (int n = 12; n; n--) sum = 1.0 + f * sum / n;
  return sum * power_of_two(-whole);
}

/* Sine and cosine of an angle in quadrants, 0 to 4, by the series on the nearest quadrant's +-pi/4. */
void sine_cosine(double quadrants, double *sine, double *cosine) {
  int64_t nearest = (int64_t)(quadrants + 0.5);
  double y = (quadrants - (double)nearest) * 1.5707963267948966, y2 = y * y;
  double s = y * (1 + y2 * (-1.0 / 6 + y2 * (1.0 / 120 + y2 * (-1.0 / 5040 + y2 * (1.0 / 362880 + y2 * (-1.0 / 39916800 + y2 / 6227020800.0))))));
  double c = 1 + y2 * (-0.5 + y2 * (1.0 / 24 + y2 * (-1.0 / 720 + y2 * (1.0 / 40320 + y2 * (-1.0 / 3628800 + y2 * (1.0 / 479001600 - y2 / 87178291200.0))))));
  switch (nearest & 3) {
    case 0: *sine = s, *cosine = c; break;
    case 1: *sine = c, *cosine = -s; break;
    case 2: *sine = -s, *cosine = -c; break;
    default: *sine = -c, *cosine = s;
  }
}

/* log(1 + x) for x >= 0: log of the rounded sum by the series of atanh, and what rounding took away. */
double log1p_of(double x) {
  if (!(x < 1e300)) return 690.77552789821368;
  union { double value; uint64_t bits; } y = {1.0 + x};
  double lost = (x - (y.value - 1.0)) / y.value;
  int64_t exponent = (int64_t)(y.bits >> 52) - 1023;
  y.bits = (y.bits & 0xfffffffffffffu) | 0x3ff0000000000000u;
  if (y.value > 1.4142135623730951) y.value *= 0.5, exponent++;
  double s = (y.value - 1.0) / (y.value + 1.0), s2 = s * s, sum = 0.0;
  for (int n = 21; n > 0; n -= 2) sum = sum * s2 + 1.0 / n;
  return (double)exponent * LN2 + 2.0 * s * sum + lost;
}
