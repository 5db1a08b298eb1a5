// With checks: what is known of each object of a slab, kept beside the slab's words.
//
//   fresh ──hand out──► live ──free by its owner's thread──► freed ──hand out──► live
//                        └──free by another thread──► live and sent ──arrives──► freed
//
// 1. The label of a live object belongs to its holder, except for the mark `sent`. All other labels belong to the owner
//    of the slab.
// 2. A compare-and-swap sets `sent`. So if two threads free an object of a third thread, one of them fails. The owner
//    writes labels by plain stores: if another thread sends the object at that moment, one of the two sees the other,
//    or the mark is lost and missing when the object arrives.
// 3. Each byte of a fresh object is 0 or the fill. Its last byte is the fill once the next object is no longer fresh.
//    All bytes of a freed object hold the fill, and of a live object those behind its size.
#pragma once

#include "base/bits.h"
#include "base/layout.h"

#include <atomic>

namespace sn
{
enum class ObjectState : uint8_t
{
  fresh,
  live,
  freed,
};

// What is known of an object, in one word, so that one comparison asks for all of it:
//
//   | sent (1) | alignment's logarithm, or 63 if it was not said (6) | state (2) | size (16) |
struct Facts
{
  static constexpr uint32_t state_shift = 16;
  static constexpr uint32_t state_mask = 3u << state_shift;
  static constexpr uint32_t alignment_shift = 18;
  static constexpr uint32_t sent_mask = 1u << 24;

  uint32_t word;

  static SN_INLINE Facts live(Layout layout)
  {
    return {uint32_t(layout.size) | about_live(layout.alignment) << state_shift};
  }
  // Live, not sent, and of exactly that layout.
  SN_INLINE bool is_live_as(Layout layout) const
  {
    return size() == layout.size && word >> state_shift == about_live(layout.alignment);
  }

  SN_INLINE ObjectState state() const { return ObjectState(word >> state_shift & 3); }
  SN_INLINE bool is_sent() const { return (word & sent_mask) != 0; }
  // In that state, and not sent.
  SN_INLINE bool is_just(ObjectState state) const
  {
    return (word & (state_mask | sent_mask)) == uint32_t(state) << state_shift;
  }
  SN_INLINE bool is(Facts other) const { return word == other.word; }

  SN_INLINE size_t size() const { return word & 0xffff; }
  size_t alignment() const
  {
    unsigned log2 = (word & ~sent_mask) >> alignment_shift;
    return log2 == floor_log2(Layout::unsaid) ? Layout::unsaid : size_t(1) << log2;
  }
  // The layout that was asked for, last if the object is free.
  Layout layout() const { return {alignment(), size()}; }

  SN_INLINE Facts in_state(ObjectState state) const
  {
    return {(word & ~(state_mask | sent_mask)) | uint32_t(state) << state_shift};
  }
  SN_INLINE Facts of_size(size_t size) const { return {(word & ~0xffffu) | uint32_t(size)}; }

private:
  static SN_INLINE uint32_t about_live(size_t alignment)
  {
    return floor_log2(alignment) << (alignment_shift - state_shift) | uint32_t(ObjectState::live);
  }
};
static_assert(config::small_max_bytes <= 0xffff, "the size of a small object has room");

// All orders are relaxed. A thread that uses an object properly is ordered by the way it got the object. If misuse
// makes a race, either outcome is right.
class Label
{
public:
  SN_INLINE Facts facts() const { return {word.load(std::memory_order_relaxed)}; }
  SN_INLINE void set(Facts facts) { word.store(facts.word, std::memory_order_relaxed); }
  // False: it is not `held` any more.
  SN_INLINE bool send(Facts held)
  {
    return word.compare_exchange_strong(held.word, held.word | Facts::sent_mask, std::memory_order_relaxed);
  }

private:
  std::atomic<uint32_t> word;
};
} // namespace sn
