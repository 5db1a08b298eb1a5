// Free ranges by size: segregated lists with two levels of bitmaps (TLSF: Masmano, Ripoll, Crespo and Real, "TLSF: a
// new dynamic memory allocator for real-time systems", ECRTS 2004). Insert, remove and find take constant time.
//
// A bin holds the sizes [2^k + j·2^k/4, 2^k + (j+1)·2^k/4) chunks; sizes below 4 chunks have a bin each.
//
// The space's lock is held.
#pragma once

#include "base/bits.h"
#include "range/range_list.h"

namespace sn
{
class Bins
{
public:
  void insert(Range* range)
  {
    unsigned bin = bin_of(range->chunks);
    lists[bin].insert(range);
    filled[bin / 64] |= uint64_t(1) << (bin % 64);
  }

  void remove(Range* range)
  {
    unsigned bin = bin_of(range->chunks);
    lists[bin].remove(range);
    if (lists[bin].first() == nullptr)
      filled[bin / 64] &= ~(uint64_t(1) << (bin % 64));
  }

  // A range that holds `chunks` at a multiple of `align_chunks`, or null; it stays in its bin. Ranges of nearly the
  // right size come first: of the first few in the bin of that size the smallest that fits, then any in the next filled
  // bin.
  Range* find(uint32_t chunks, uint32_t align_chunks) const
  {
    constexpr int looks = 16;
    unsigned bin = bin_of(chunks);
    Range* best = nullptr;
    Range* range = lists[bin].first();
    for (int look = 0; range != nullptr && look < looks; look++, range = range->next)
      if (fits(range, chunks, align_chunks) && (best == nullptr || range->chunks < best->chunks))
        best = range;
    if (best != nullptr)
      return best;
    // Every range of these bins is large enough, wherever it starts.
    for (bin = next_filled(bin_of(uint64_t(chunks) + (align_chunks - 1)) + 1); bin < bin_count;
         bin = next_filled(bin + 1))
      return lists[bin].first();
    return nullptr;
  }

  // The first range of all bins, or null.
  Range* any() const
  {
    unsigned bin = next_filled(0);
    return bin < bin_count ? lists[bin].first() : nullptr;
  }

  // Where in `range` an object of that alignment starts.
  static uintptr_t aligned_base(const Range* range, uint32_t align_chunks)
  {
    return align_up(range->base, size_t(align_chunks) << config::chunk_log2);
  }

private:
  static constexpr unsigned split_log2 = 2;
  static constexpr unsigned bin_count = 128; // sizes below 2^33 chunks

  static unsigned bin_of(uint64_t chunks)
  {
    unsigned top = floor_log2(chunks);
    if (top < split_log2)
      return unsigned(chunks);
    return unsigned(((top - split_log2 + 1) << split_log2) + ((chunks >> (top - split_log2)) & 3));
  }

  static bool fits(const Range* range, uint32_t chunks, uint32_t align_chunks)
  {
    uintptr_t start = aligned_base(range, align_chunks);
    return start >= range->base && start < range->end() && (range->end() - start) >> config::chunk_log2 >= chunks;
  }

  unsigned next_filled(unsigned bin) const
  {
    for (; bin < bin_count; bin = (bin / 64 + 1) * 64)
      if (uint64_t word = filled[bin / 64] >> (bin % 64))
        return bin + lowest_bit(word);
    return bin_count;
  }

  RangeList lists[bin_count];
  uint64_t filled[bin_count / 64];
};
} // namespace sn
