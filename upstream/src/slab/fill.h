// With checks, memory that no user may write holds one byte over and over: freed objects, and what lies behind an
// object up to the next. Whoever uses the memory next, or frees the neighbour, finds what was written there.
//
// Nothing here calls memset() or its like: those may be the allocator's own, which check their callers.
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

SN_INLINE uint8_t byte()
{
  return uint8_t(word);
}

SN_INLINE uint64_t word_at(uintptr_t at)
{
  uint64_t value;
  copy_word(&value, reinterpret_cast<const void*>(at));
  return value;
}

SN_INLINE void set_word(uintptr_t at, uint64_t value)
{
  copy_word(reinterpret_cast<void*>(at), &value);
}

// Whole words, in pieces whose length the compiler knows: most objects are too small for loops to pay.
template<unsigned count>
SN_INLINE void set_words(uintptr_t at, uint64_t value)
{
  for (unsigned number = 0; number < count; number++)
    set_word(at + number * word_bytes, value);
}

SN_INLINE void set_words(uintptr_t at, uintptr_t end, uint64_t value)
{
  for (; end - at >= 8 * word_bytes; at += 8 * word_bytes)
    set_words<8>(at, value);
  size_t left = end - at;
  if (left & 4 * word_bytes)
    set_words<4>(at, value), at += 4 * word_bytes;
  if (left & 2 * word_bytes)
    set_words<2>(at, value), at += 2 * word_bytes;
  if (left & word_bytes)
    set_words<1>(at, value);
}

inline void set_bytes(uintptr_t from, uintptr_t to, uint64_t value)
{
  for (; from < to && from % word_bytes != 0; from++)
    *reinterpret_cast<char*>(from) = char(value);
  uintptr_t end = align_down(to, word_bytes);
  if (from < end)
  {
    set_words(from, end, value);
    from = end;
  }
  for (; from < to; from++)
    *reinterpret_cast<char*>(from) = char(value);
}

inline void write_bytes(uintptr_t from, uintptr_t to)
{
  set_bytes(from, to, word);
}

// The compiler must not know that it is 0, or it would call memset().
inline volatile uint64_t zero_word = 0;

inline void clear(uintptr_t from, uintptr_t to)
{
  set_bytes(from, to, zero_word);
}

// Fills an object of that size, which starts at a word; what lies behind it up to the next word is filled already.
SN_INLINE void write(uintptr_t start, size_t size)
{
  uint64_t value = word;
  uintptr_t end = align_down(start + size, word_bytes);
  set_words(start, end, value);
  // The word may hold the object's last byte, which others look at.
  if (size % word_bytes != 0)
    reinterpret_cast<std::atomic<uint64_t>*>(end)->store(value, std::memory_order_relaxed);
}

// The first byte in [from, to) that was changed, which is known to be there.
inline uintptr_t find_changed_byte(uintptr_t from, uintptr_t to)
{
  for (; from < to && *reinterpret_cast<const uint8_t*>(from) == byte(); from++)
    ;
  return from;
}

template<unsigned count>
SN_INLINE uint64_t changes_in(uintptr_t at)
{
  uint64_t changes = 0;
  for (unsigned number = 0; number < count; number++)
    changes |= word_at(at + number * word_bytes) ^ word;
  return changes;
}

// The first byte in [from, to) that was changed, or 0. `to` is a multiple of a word.
SN_INLINE uintptr_t find_change(uintptr_t from, uintptr_t to)
{
  uint64_t changes = 0;
  uintptr_t at = align_down(from, word_bytes);
  if (at != from)
  {
    changes = from_byte(word_at(at) ^ word, unsigned(from - at));
    at += word_bytes;
  }
  for (; to - at >= 8 * word_bytes && changes == 0; at += 8 * word_bytes)
    changes = changes_in<8>(at);
  size_t left = to - at;
  if (left & 4 * word_bytes)
    changes |= changes_in<4>(at), at += 4 * word_bytes;
  if (left & 2 * word_bytes)
    changes |= changes_in<2>(at), at += 2 * word_bytes;
  if (left & word_bytes)
    changes |= changes_in<1>(at);
  return SN_LIKELY(changes == 0) ? 0 : find_changed_byte(from, to);
}
} // namespace sn::fill
