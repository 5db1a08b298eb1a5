// A slab: a range cut into objects of one size class. One bit per object says whether it is free. The memory of the
// slab holds nothing but objects.
//
// 1. A bit of `words` is 1 exactly if its object is free, and in no magazine and in no hole (slab/holes.h). Bits beyond
//    the last object are 0.
// 2. A bit of `filled` is 1 exactly if that word is not 0.
// 3. `free_count` is the number of 1 bits and of the objects in holes.
// An object in a magazine or in a batch counts as allocated, so its slab cannot end under it.
//
// An object that was freed twice is counted twice, but has one bit. Every build finds that when the count promises more
// objects than there are, or says that all objects of the slab are free.
//
// Called by the owner thread in a slow path, or by a thread that has claimed the heap.
#pragma once

#include "base/dice.h"
#include "range/space.h"
#include "slab/label.h"
#include "slab/misuse.h"
#include "slab/size_class.h"

namespace sn
{
struct Slab : Range
{
  uint8_t class_index;
  uint8_t list; // which of its heap's lists it is in
  uint16_t free_count;
  uint16_t settle_at; // the number of free objects from which on it belongs elsewhere in its heap
  uint8_t listed_at;  // its heap's turn when it came into the list
  uint64_t* words;
  uint64_t filled;
  union
  {
    uint64_t only_word; // in place of the words of a slab of up to 64 objects, without checks and holes
    uint64_t out;       // of all others: the pages that are holes
  };

  const SizeClass& size_class() const { return size_classes.of[class_index]; }

  // Whether it can be taken.
  bool is_free(unsigned number) const { return (words[number / 64] >> (number % 64) & 1) != 0; }

  // Whether its words lie in it, so that it has no holes.
  bool has_only_word() const { return words == &only_word; }
  uint64_t out_pages() const { return has_only_word() ? 0 : out; }

  // Takes up to `wanted` free objects that lie in no hole, lowest address first, into the cells from `cell` downwards.
  // Returns how many.
  size_t take(size_t wanted, void** cell)
  {
    size_t bytes = size_class().bytes;
    size_t left = wanted;
    while (left > 0 && filled != 0)
    {
      unsigned number = lowest_bit(filled);
      uint64_t word = words[number];
      uintptr_t first = base + number * 64 * bytes;
      if (word == ~uint64_t(0) && left >= 64) // as of a new slab
      {
        for (unsigned object = 0; object < 64; object++, first += bytes)
          *cell-- = reinterpret_cast<void*>(first);
        left -= 64;
        word = 0;
      }
      else
        do
        {
          *cell-- = reinterpret_cast<void*>(first + lowest_bit(word) * bytes);
          word = without_lowest_bit(word);
        } while (--left > 0 && word != 0);
      words[number] = word;
      if (word == 0)
        filled = without_lowest_bit(filled);
    }
    size_t taken = wanted - left;
    free_count = uint16_t(free_count - taken);
    return taken;
  }

  // As take(), but in any order within a window of config::window_bytes, so that a new slab's pages are not all touched
  // for its first few objects.
  size_t take_some(size_t wanted, void** cell, Dice& dice)
  {
    size_t bytes = size_class().bytes;
    unsigned window = config::window_bytes / bytes < 4 ? 4 : unsigned(config::window_bytes / bytes);
    size_t left = wanted < free_count ? wanted : free_count;
    size_t taken = left;
    while (left > 0)
    {
      if (SN_UNLIKELY(filled == 0))
        misuse::counted_twice(bytes);
      unsigned number = lowest_bit(filled);
      uint64_t word = words[number];
      do
      {
        unsigned low = lowest_bit(word);
        unsigned bit = some_bit(word & low_bits(window) << low, (low + dice.below(window)) % 64);
        *cell-- = reinterpret_cast<void*>(base + (number * 64 + bit) * bytes);
        word &= ~(uint64_t(1) << bit);
      } while (--left > 0 && word != 0);
      words[number] = word;
      if (word == 0)
        filled = without_lowest_bit(filled);
    }
    free_count = uint16_t(free_count - taken);
    return taken;
  }

  // With checks: the labels lie before the words, the first one last.
  SN_INLINE Label& label(unsigned number) const { return *(reinterpret_cast<Label*>(words) - 1 - number); }
};
static_assert(sizeof(Slab) <= arena::granule_bytes, "slab metadata fills one granule");

// The chunks of a range that holds a slab of `slab_chunks`: with checks a guard lies behind the objects. An even
// number, as the alignment, so that no chunks are left over between slabs.
inline uint32_t chunks_with_guard(uint32_t slab_chunks)
{
  return config::checks ? uint32_t(align_up(slab_chunks + space::chunks_for(1), 2)) : slab_chunks;
}

// Makes a slab of free objects in a range in use, and tags its chunks. Null: the system refuses memory for the bits.
Slab* make_slab(Range* range, unsigned size_class, Tag tag);

// Ends a slab whose objects are all free, and returns its range. With checks, a write after free ends the process.
Range* end_slab(Slab* slab);

// Ends a slab with objects in use. With checks, a write after free or behind an object in use ends the process.
Range* end_slab_in_use(Slab* slab);

// The slab that holds a small object, or that such an object's entry names.
SN_INLINE Slab* slab_of(const Entry& entry)
{
  return static_cast<Slab*>(static_cast<Range*>(arena::at(entry.range.load(std::memory_order_relaxed))));
}
SN_INLINE Slab* slab_of(uintptr_t object)
{
  return slab_of(page_map::entry_of(object));
}
} // namespace sn
