// Judges whether the program used all of a large object: if so, the next one should lie in a block (growth.h).
//
// Any thread, for ranges that are the caller's.
#pragma once

#include "range/range.h"

namespace sn::space
{
// Whether any of these bytes, which are whole words, is not zero.
SN_UNSYNCHRONISED inline bool holds_anything(uintptr_t start, size_t bytes)
{
  for (uintptr_t at = start; at < start + bytes; at += sizeof(uint64_t))
    if (*reinterpret_cast<const volatile uint64_t*>(at) != 0)
      return true;
  return false;
}

// Whether the program has used all of a range that was zero, judged by some pieces of its inner half. The system could
// tell which pages are resident, but programs do not expect that call of an allocator, and filters forbid it. The
// middle is the least likely to be used, so it is looked at first, which ends most looks. Memory that is used but holds
// only zeros counts as not used: then memory comes page by page, and not in blocks.
inline bool is_used_wholly(const Range* range)
{
  constexpr size_t pieces = 16;
  size_t inner = range->bytes() / 2;
  size_t step = align_down(inner / pieces, config::judged_piece_bytes);
  if (step == 0)
    step = config::judged_piece_bytes;
  uintptr_t middle = range->base + inner;
  for (size_t distance = 0; distance < inner / 2; distance += step)
    if (
      !holds_anything(middle + distance, config::judged_piece_bytes) ||
      !holds_anything(middle - distance - config::judged_piece_bytes, config::judged_piece_bytes))
      return false;
  return true;
}
} // namespace sn::space
