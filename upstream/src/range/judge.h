// Whether the program used all of a large object, which tells whether the next one should lie in a block (growth.h).
//
// Any thread, for ranges that are the caller's.
#pragma once

#include "range/range.h"

namespace sn::space
{
// Whether anything but zero stands in these bytes, whole words.
SN_UNSYNCHRONISED inline bool holds_anything(uintptr_t start, size_t bytes)
{
  for (uintptr_t at = start; at < start + bytes; at += sizeof(uint64_t))
    if (*reinterpret_cast<const volatile uint64_t*>(at) != 0)
      return true;
  return false;
}

// Whether a range of memory that was zero has been used wholly, judged by some pieces of its inner half. To ask the
// system which pages are resident would be a call that programs do not expect of an allocator, and that filters forbid.
// The middle, which is the least likely to be used, is looked at first: it ends most looks. What is used, but holds
// nothing, counts as not used: then memory comes page by page, and not in blocks.
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
