// Cheap random numbers: the upper half of a linear congruential generator (Knuth, "The Art of Computer Programming",
// vol. 2, 3.3.4). They are hard to guess without having seen any of them, but this is no cryptography.
#pragma once

#include <stdint.h>

namespace sn
{
class Dice
{
public:
  constexpr explicit Dice(uint64_t seed) : state(seed) {}

  uint32_t next()
  {
    state = state * 6364136223846793005 + 1442695040888963407;
    return uint32_t(state >> 32);
  }

  // Below `limit`, which is not 0.
  uint32_t below(uint32_t limit) { return uint32_t(uint64_t(next()) * limit >> 32); }

private:
  uint64_t state;
};
} // namespace sn
