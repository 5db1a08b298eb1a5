// Arithmetic on powers of two and on single bits. Pure functions, any thread.
#pragma once

#include "base/config.h"

namespace sn
{
constexpr bool is_power_of_two(size_t value)
{
  return value != 0 && (value & (value - 1)) == 0;
}

// `alignment` is a power of two.
constexpr uintptr_t align_down(uintptr_t value, size_t alignment)
{
  return value & ~(uintptr_t(alignment) - 1);
}

// The result must not overflow.
constexpr uintptr_t align_up(uintptr_t value, size_t alignment)
{
  return (value + alignment - 1) & ~(uintptr_t(alignment) - 1);
}

// `word` is not 0 in the three functions below. Debug builds end the process if it is.
SN_INLINE unsigned lowest_bit(uint64_t word)
{
  if (config::assertions && word == 0)
    SN_TRAP();
  return scan_forward(word);
}

SN_INLINE unsigned floor_log2(uint64_t word)
{
  if (config::assertions && word == 0)
    SN_TRAP();
  return scan_reverse(word);
}

SN_INLINE uint64_t without_lowest_bit(uint64_t word)
{
  return word & (word - 1);
}

// A bit of the word that is 1. Which one depends on `turn`, which is below 64.
SN_INLINE unsigned some_bit(uint64_t word, unsigned turn)
{
  uint64_t turned = word >> turn | word << (-turn & 63);
  return (lowest_bit(turned) + turn) & 63;
}

// The word without its first `count` bytes in memory, shifted to one end. `count` is below 8.
SN_INLINE uint64_t from_byte(uint64_t word, unsigned count)
{
  return is_little_endian ? word >> (8 * count) : word << (8 * count);
}

// The least power of two that is not below `value`; there must be one.
constexpr size_t next_power_of_two(size_t value)
{
  size_t power = 1;
  while (power < value)
    power *= 2;
  return power;
}

// The `count` lowest bits; `count` is at most 64.
constexpr uint64_t low_bits(unsigned count)
{
  return count >= 64 ? ~uint64_t(0) : (uint64_t(1) << count) - 1;
}
} // namespace sn
