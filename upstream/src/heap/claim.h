// How others get at a heap while its owner lives: the owner brackets its slow paths, and a claim keeps it out of them.
//
//   owner                                      claimer
//   busy = 1                                   claimed = 1
//   claimed is 0:  slow path; busy = 0         busy is 0: work on the heap; claimed = 0
//           not 0: busy = 0; wait; once more        not 0: wait; look again
//
// 1. While a heap is claimed its owner is in no slow path. Its fast paths go on: they move the tops of magazines, add
//    to open batches of the outbox, and count. So whoever claims the heap leaves these alone, or cuts the
//    magazines (cut.h) and posts what batches hold so far (outbox.h).
// 2. Claims are made with the registry's lock held, so by one thread at a time. It may nest them: a fork claims all
//    heaps, and its handlers may use the allocator.
// 3. A private heap's owner passes the claim of its own fork.
//
// Orders: each side writes its own word and then reads the other's. All four are sequentially consistent, so one of the
// two sees the other. leave() and end() release, which the other side's read acquires: so both see each other's work.
// tests/model/claim.cc weakens each of the six and sees the model fail.
//
// The heap has the one word and its slot the other: senders write to the slot at any time, owners to `busy` in each
// slow path.
#pragma once

#include "os/os.h"

namespace sn
{
// Of a heap's slot, zero at first.
class Claim
{
public:
  // The registry's lock is held for these.
  bool is_made() const { return claimed.load(std::memory_order_relaxed) != 0; }
  // Before `busy` is read.
  void make() { claimed.store(1, std::memory_order_seq_cst); }
  void end()
  {
    if (claimed.exchange(0, std::memory_order_release) == awaited)
      os::wake_all(claimed);
  }
  // In a child of fork: whoever made it, or waits for its end, is gone.
  void forget() { claimed.store(0, std::memory_order_relaxed); }

  // The owner, after it wrote `busy`.
  SN_INLINE bool keeps_out() const { return claimed.load(std::memory_order_seq_cst) != 0; }
  // The owner, after it took that back. A hint: there may be one that it does not see yet.
  SN_INLINE bool may_wait() const { return claimed.load(std::memory_order_relaxed) != 0; }
  void wait_for_end()
  {
    uint32_t seen = 1;
    claimed.compare_exchange_strong(seen, awaited, std::memory_order_relaxed); // so that end() wakes
    if (seen != 0)
      os::wait(claimed, awaited);
  }

private:
  static constexpr uint32_t awaited = 2; // made, and the owner sleeps until its end

  std::atomic<uint32_t> claimed{0};
};

// Of a heap, zero at first.
class Bracket
{
public:
  // The owner. `passes` says whether it goes on in spite of a claim.
  template<typename Passes>
  SN_INLINE void enter(Claim& claim, Passes passes)
  {
    while (SN_UNLIKELY(!begin(claim)) && !passes())
    {
      leave(claim);
      claim.wait_for_end();
    }
  }
  // Whether nobody claims the heap; if not, leave() comes next.
  SN_INLINE bool begin(const Claim& claim)
  {
    busy.store(in_slow_path, std::memory_order_seq_cst);
    return !claim.keeps_out();
  }
  // The claim may be read before others see the store: so a claimer that has only just come may not be woken, and does
  // not sleep for long.
  SN_INLINE void leave(const Claim& claim)
  {
    busy.store(0, std::memory_order_release);
    if (SN_UNLIKELY(claim.may_wait()))
      os::wake_all(busy);
  }

  // Who has made a claim.
  bool is_busy() const { return (busy.load(std::memory_order_seq_cst) & in_slow_path) != 0; }
  // A note for the next claimer, an even number: it is there until the owner begins a slow path. By who has claimed the
  // heap and found it not busy. An owner that begins one at this moment may see the claim's end next: so what it wrote
  // stays, and there is no mark then.
  uint32_t mark() const { return busy.load(std::memory_order_relaxed) & ~in_slow_path; }
  void set_mark(uint32_t mark)
  {
    uint32_t before = busy.load(std::memory_order_relaxed);
    if ((before & in_slow_path) == 0)
      busy.compare_exchange_strong(before, mark, std::memory_order_relaxed);
  }
  // Whether the owner leaves its slow path soon: one that is in a system call does not.
  bool is_left_soon() const
  {
    constexpr int spins = 100;
    for (int spin = 0; is_busy(); spin++)
    {
      if (spin == spins)
        return false;
      relax_cpu();
    }
    return true;
  }
  // What to sleep on meanwhile.
  std::atomic<uint32_t>& word() { return busy; }

  // Wakes who still waits although the owner has left.
  void wake_claimer() { os::wake_all(busy); }
  // In a child of fork: the owner is gone. Most words are written only if they change, for the page is the parent's,
  // too.
  void forget()
  {
    if ((busy.load(std::memory_order_relaxed) & in_slow_path) != 0)
      busy.store(0, std::memory_order_relaxed);
  }

private:
  static constexpr uint32_t in_slow_path = 1;

  std::atomic<uint32_t> busy{0};
};

// Claims a heap for the length of a block, unless it is claimed already: by the calling thread, which forks.
class Claimed
{
public:
  // The owner may still be in a slow path.
  explicit Claimed(Claim& on) : claim(on.is_made() ? nullptr : &on)
  {
    if (claim != nullptr)
      claim->make();
  }
  ~Claimed()
  {
    if (claim != nullptr)
      claim->end();
  }
  Claimed(const Claimed&) = delete;
  Claimed& operator=(const Claimed&) = delete;

private:
  Claim* claim;
};
} // namespace sn
