// With checks: what is known of each object of a slab, kept beside the slab's words.
//
//   fresh ──hand out──► live ──free by its owner's thread──► freed ──hand out──► live
//                        └──free by another thread──► live and sent ──arrives──► freed
//
// 1. The label of a live object belongs to who holds the object, but for `sent`; of others to the owner of the slab.
// 2. `sent` is set with an exchange, so of two threads that free an object of a third one fails. The owner sets `freed`
//    without one: if another thread sends the object at that moment, one of the two sees the other, or the owner finds
//    `sent` when it hands the object out, or the state `freed` when the object arrives.
// 3. A fresh object reads as zero. All bytes of a freed one hold the fill; of a live one those behind its size.
#pragma once

#include "base/bits.h"
#include "base/config.h"

#include <atomic>

namespace sn
{
// What a caller asks for, or says that it asked for. The C interface does not know all of it.
struct Layout
{
  static constexpr size_t unsaid = ~size_t(0);

  size_t alignment = unsaid;
  size_t size = unsaid;

  // The C interface, which says none, promises that of max_align_t.
  constexpr size_t needed_alignment() const { return alignment == unsaid ? 16 : alignment; }

  bool agrees_with(const Layout& other) const { return agree(alignment, other.alignment) && agree(size, other.size); }

private:
  static bool agree(size_t one, size_t other) { return one == other || one == unsaid || other == unsaid; }
};

enum class ObjectState : uint8_t
{
  fresh,
  live,
  freed,
};

// All relaxed, unless said otherwise: who looks at an object that is properly in use is ordered by the way it got the
// object, and of a race that misuse makes either outcome is right.
struct Label
{
  std::atomic<uint16_t> size;
  std::atomic<uint8_t> about; // 2 bits of state, then the alignment's logarithm plus 1, or 0 if it was not said
  std::atomic<uint8_t> sent;

  static SN_INLINE ObjectState state_of(uint8_t about) { return ObjectState(about & 3); }
  static SN_INLINE uint8_t about_live(size_t alignment)
  {
    unsigned code = alignment == Layout::unsaid ? 0 : floor_log2(alignment) + 1;
    return uint8_t(code << 2 | unsigned(ObjectState::live));
  }

  SN_INLINE ObjectState state() const { return state_of(about.load(std::memory_order_relaxed)); }
  SN_INLINE bool is_sent() const { return sent.load(std::memory_order_relaxed) != 0; }

  // Live, not sent, and of exactly that layout.
  SN_INLINE bool is_live_as(Layout layout) const
  {
    return size.load(std::memory_order_relaxed) == layout.size &&
           about.load(std::memory_order_relaxed) == about_live(layout.alignment) && !is_sent();
  }

  size_t alignment() const
  {
    unsigned code = about.load(std::memory_order_relaxed) >> 2;
    return code == 0 ? Layout::unsaid : size_t(1) << (code - 1);
  }

  SN_INLINE void set_freed()
  {
    unsigned old = about.load(std::memory_order_relaxed);
    about.store(uint8_t((old & ~3u) | unsigned(ObjectState::freed)), std::memory_order_relaxed);
  }
};
} // namespace sn
