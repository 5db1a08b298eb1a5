// Random numbers of the exponential distribution: the distances between events that come by chance. The logarithm is
// our own, because the C library's would have to be linked.
#pragma once

#include "base/dice.h"

namespace sn
{
// The natural logarithm of a positive number, to ten digits.
inline double logarithm(double number)
{
  constexpr double ln_2 = 0.69314718055994530942;
  constexpr double root_of_half = 0.70710678118654752440;
  int doublings = 0;
  for (; number < root_of_half; number *= 2)
    doublings--;
  for (; number >= 2 * root_of_half; number /= 2)
    doublings++;
  // ln x = 2 artanh ((x - 1) / (x + 1)), as a series: the ratio is below 0.172.
  double ratio = (number - 1) / (number + 1);
  double square = ratio * ratio;
  double sum = 0;
  for (int power = 13; power >= 1; power -= 2)
    sum = sum * square + 1.0 / power;
  return doublings * ln_2 + 2 * ratio * sum;
}

// With the mean 1; at most 37.
inline double draw_exponential(Dice& dice)
{
  constexpr double step = 1.0 / (uint64_t(1) << 53);
  uint64_t bits = uint64_t(dice.next()) << 32;
  bits |= dice.next();
  return -logarithm(double((bits >> 11) + 1) * step);
}
} // namespace sn
