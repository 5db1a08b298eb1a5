// With checks, memory that no user may write holds one byte over and over: freed objects, and what lies behind an
// object up to the next. Whoever uses the memory next, or frees the neighbour, finds what was written there.
//
// Whole words are read and written by the compiler's built-in copy of 8 bytes, never by memset() and its like: those
// may be the allocator's own, which check their callers.
//
// Any thread, in memory that is the caller's.
#pragma once

#include "base/bits.h"

#include <atomic>

namespace sn::fill
{
constexpr size_t word_bytes = sizeof(uint64_t);

// The byte, eight times over; written before there are objects. Neither 0 nor a character nor the end of a small
// negative number, so that the commonest stray writes differ from it; and as an address it leads nowhere.
inline uint64_t word = 0;

inline void choose(uint64_t entropy)
{
  word = (0x80 + entropy % 0x7f) * 0x0101010101010101;
}

inline uint8_t byte()
{
  return uint8_t(word);
}

inline void set_bytes(uintptr_t from, uintptr_t to, uint64_t value)
{
  for (; from < to && from % word_bytes != 0; from++)
    *reinterpret_cast<char*>(from) = char(value);
  for (; from + word_bytes <= to; from += word_bytes)
    __builtin_memcpy(reinterpret_cast<void*>(from), &value, word_bytes);
  for (; from < to; from++)
    *reinterpret_cast<char*>(from) = char(value);
}

inline void write(uintptr_t from, uintptr_t to)
{
  set_bytes(from, to, word);
}

inline void clear(uintptr_t from, uintptr_t to)
{
  set_bytes(from, to, 0);
}

// The first byte in [from, to) that was changed, or `to`.
inline uintptr_t find_change(uintptr_t from, uintptr_t to)
{
  auto is_changed = [](uintptr_t at) { return *reinterpret_cast<const uint8_t*>(at) != byte(); };
  uintptr_t words = align_up(from, word_bytes);
  uintptr_t end = align_down(to, word_bytes);
  for (uintptr_t at = from; at < to && at < words; at++)
    if (is_changed(at))
      return at;
  uint64_t changes = 0;
  for (uintptr_t at = words; at < end; at += word_bytes)
  {
    uint64_t found;
    __builtin_memcpy(&found, reinterpret_cast<const void*>(at), word_bytes);
    changes |= found ^ word;
  }
  for (uintptr_t at = changes != 0 ? words : end >= words ? end : to; at < to; at++)
    if (is_changed(at))
      return at;
  return to;
}
} // namespace sn::fill
