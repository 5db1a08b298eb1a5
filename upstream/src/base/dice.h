// Numbers that are hard to guess for who has not seen any of them, and cheap: xorshift64* (Vigna, "An experimental
// exploration of Marsaglia's xorshift generators, scrambled", ACM TOMS 2016). No cryptography.
#pragma once

#include <stdint.h>

namespace sn
{
class Dice
{
public:
  constexpr explicit Dice(uint64_t seed) : state(seed | 1) {}

  uint32_t next()
  {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return uint32_t((state * 0x2545f4914f6cdd1d) >> 32);
  }

  // Below `limit`, which is not 0.
  uint32_t below(uint32_t limit) { return uint32_t(uint64_t(next()) * limit >> 32); }

private:
  uint64_t state; // never 0
};
} // namespace sn
