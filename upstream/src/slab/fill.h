// With checks, memory that no user may write holds one repeated byte: freed objects, and what lies behind an object up
// to the next. The next user of the memory, or the free of a neighbour, finds what was written there.
//
// Nothing here calls memset() or its like, which may be the allocator's own and look at their callers.
//
// Any thread, in memory that is the caller's.
#pragma once

#include "base/bits.h"
#include "base/config.h"
#include "base/vectors.h"

#include <atomic>

namespace sn::fill
{
constexpr size_t word_bytes = sizeof(uint64_t);

// From this size on the processor's own loop stores, which is slow to start.
constexpr size_t long_bytes = 4 * config::KiB;

// The byte, eight times over; written before there are objects. Neither 0 nor a character nor the end of a small
// negative number, so that the commonest stray writes differ from it; and as an address it leads nowhere.
inline uint64_t word = 0;

// From this size on wide vectors pay for the call, where the processor has them; written before there are objects.
constexpr size_t wide_bytes = 128;
inline size_t wide_from = ~size_t(0);

inline void choose(uint64_t entropy)
{
  if (finds_wide_vectors())
    wide_from = wide_bytes;
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

inline void set_words(uintptr_t at, uintptr_t end, uint64_t value)
{
  if (end - at >= long_bytes)
    return store_long(at, (end - at) / word_bytes, value);
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

// The compiler must not know that this is 0, or it would call memset().
inline volatile uint64_t zero_word = 0;

inline void clear(uintptr_t from, uintptr_t to)
{
  set_bytes(from, to, zero_word);
}

SN_WIDE SN_INLINE void write_wide(uintptr_t start, size_t size)
{
  WideDifferences pattern(word);
  uintptr_t last = start + size - wide_bytes;
  for (uintptr_t at = start; at < last; at += wide_bytes)
    for (unsigned offset = 0; offset < wide_bytes; offset += 32)
      pattern.store(at + offset);
  for (unsigned offset = 0; offset < wide_bytes; offset += 32)
    pattern.store(last + offset);
}

SN_WIDE SN_INLINE bool is_whole_wide(uintptr_t start, size_t size)
{
  WideDifferences differences(word);
  uintptr_t last = start + size - wide_bytes;
  for (uintptr_t at = start; at < last; at += wide_bytes)
    for (unsigned offset = 0; offset < wide_bytes; offset += 32)
      differences.add(at + offset);
  for (unsigned offset = 0; offset < wide_bytes; offset += 32)
    differences.add(last + offset);
  return !differences.any();
}

// Fills an object of that size, which has sixteen bytes or more; not its last byte, which others look at. What lies
// behind it is filled already. Pieces that overlap need fewer branches than pieces of all sizes that may be left.
SN_INLINE void write(uintptr_t start, size_t size)
{
  uint64_t value = word;
  uintptr_t end = start + size;
  if (size >= 8 * word_bytes)
  {
    uintptr_t last = end - 8 * word_bytes;
    for (uintptr_t at = start; at < last; at += 8 * word_bytes)
      set_words<8>(at, value);
    set_words<8>(last, value);
  }
  else if (size >= 4 * word_bytes)
  {
    set_words<4>(start, value);
    set_words<4>(end - 4 * word_bytes, value);
  }
  else if (size >= 2 * word_bytes)
  {
    set_words<2>(start, value);
    set_words<2>(end - 2 * word_bytes, value);
  }
  else
  {
    set_words<1>(start, value);
    set_words<1>(size >= word_bytes ? end - word_bytes : start, value);
  }
}

// Fills what lies behind the first bytes of an object that starts at `start` and has nothing in it yet: at least
// [from, last), and perhaps more before it. `last` is fifteen bytes or more behind `start`.
SN_INLINE void write_behind(uintptr_t start, uintptr_t from, uintptr_t last)
{
  uintptr_t at = last - 2 * word_bytes + 1;
  set_words<1>(at, word);
  set_words<1>(last - word_bytes, word);
  while (SN_UNLIKELY(at > from))
  {
    at = at - start > 2 * word_bytes ? at - 2 * word_bytes : start;
    set_words<2>(at, word);
  }
}

// The first byte in [from, to) that was changed, or `to`.
SN_COLD inline uintptr_t find_changed_byte(uintptr_t from, uintptr_t to)
{
  for (; from < to && *reinterpret_cast<const uint8_t*>(from) == byte(); from++)
    ;
  return from;
}

template<unsigned bytes>
SN_INLINE void compare(Differences& differences, uintptr_t at)
{
  for (unsigned offset = 0; offset < bytes; offset += 16)
    differences.add(at + offset);
}

// Whether nobody wrote to an object of that size, sixteen bytes or more. Overlapping pieces, as in write().
SN_INLINE bool is_whole(uintptr_t start, size_t size)
{
  Differences differences(word);
  uintptr_t end = start + size;
  if (size >= 64)
  {
    uintptr_t last = end - 64;
    for (uintptr_t at = start; at < last; at += 64)
      compare<64>(differences, at);
    compare<64>(differences, last);
  }
  else if (size >= 32)
  {
    compare<32>(differences, start);
    compare<32>(differences, end - 32);
  }
  else
  {
    compare<16>(differences, start);
    compare<16>(differences, end - 16);
  }
  return !differences.any();
}

// The same by the widest vectors that the processor has, where a call does not matter.
SN_WIDE inline bool is_whole_any(uintptr_t start, size_t size)
{
  return size >= wide_from ? is_whole_wide(start, size) : is_whole(start, size);
}
SN_WIDE inline void write_any(uintptr_t start, size_t size)
{
  return size >= wide_from ? write_wide(start, size) : write(start, size);
}

// Whether nobody wrote to what lies behind an object, a byte at least, in [from, to). `to` ends a word that may be
// read.
SN_INLINE bool is_whole_behind(uintptr_t from, uintptr_t to)
{
  if (SN_LIKELY(to - from <= 2 * word_bytes))
  {
    uintptr_t last = to - word_bytes;
    uintptr_t first = from < last ? from : last;
    return from_byte((word_at(first) ^ word) | (word_at(last) ^ word), unsigned(from - first)) == 0;
  }
  // At most 64 bytes by pieces that overlap, with no branch that depends on how many.
  Differences differences(word);
  for (; to - from > 64; from += 64)
    compare<64>(differences, from);
  uintptr_t last = to - 16;
  differences.add(from < last ? from : last);
  differences.add(from + 16 < last ? from + 16 : last);
  differences.add(from + 32 < last ? from + 32 : last);
  differences.add(last);
  return !differences.any();
}
} // namespace sn::fill
