// A lock that sleeps in the kernel when it is contended. It needs no memory, and it knows at any moment which thread
// holds it. So a thread that forks may take it again, also in a signal handler that interrupted what the lock guards.
// And a child of fork knows whether its own thread holds the lock, or one that is gone.
//
//   word   | this_thread() of the holder, 0: free | 1: somebody may sleep |
//
// Sleepers wait on the half of the word that holds bit 0. As long as that bit is set, whoever unlocks wakes one of
// them, so they need not know which thread's number the rest is.
#pragma once

#include "os/os.h"

namespace sn
{
class Lock
{
public:
  // Acquire: pairs with the release in unlock().
  void lock()
  {
    if (SN_UNLIKELY(!try_take(os::this_thread())))
      lock_slow();
  }

  void unlock()
  {
    if (SN_UNLIKELY(depth != 0))
    {
      depth--;
      return;
    }
    if (SN_UNLIKELY((word.exchange(0, std::memory_order_release) & sleepers) != 0))
      os::wake_one(half());
  }

  // As lock(), but returns false instead of sleeping.
  bool try_lock()
  {
    if (try_take(os::this_thread()))
      return true;
    if (!is_held_here())
      return false;
    depth++;
    return true;
  }

  // The thread that holds it, or 0. Relaxed: only the calling thread itself can have stored its own number.
  uintptr_t holder() const { return word.load(std::memory_order_relaxed) & ~sleepers; }
  bool is_held_here() const { return holder() == os::this_thread(); }
  // Whether the calling thread, which holds it, has taken it more than once.
  bool is_nested() const { return depth != 0; }

  // Whether that thread waits for this lock, which the calling thread holds. False: it does not, or has not answered
  // yet.
  SN_COLD bool is_awaited_by(uintptr_t thread)
  {
    // Acquire: pairs with the release in answer(); what it did before it waited is seen.
    uintptr_t question = asked.load(std::memory_order_acquire);
    if (question == (thread | answered))
      return true;
    if (question != thread)
      asked.store(thread, std::memory_order_relaxed);
    os::wake_all(half());
    return false;
  }

  // For a thread that has just unlocked, and may not have come to wake anybody yet.
  void wake_all() { os::wake_all(half()); }

  // In a child of fork: unlocks what a thread that is gone has held.
  void forget_other_threads()
  {
    asked.store(0, std::memory_order_relaxed);
    if (is_held_here())
      return;
    depth = 0;
    word.store(0, std::memory_order_relaxed);
  }

private:
  static constexpr uintptr_t sleepers = 1;
  static constexpr uintptr_t answered = 1;

  std::atomic<uint32_t>& half()
  {
    auto* halves = reinterpret_cast<std::atomic<uint32_t>*>(&word);
    return halves[is_little_endian ? 0 : sizeof(word) / sizeof(uint32_t) - 1];
  }

  bool try_take(uintptr_t with)
  {
    uintptr_t free = 0;
    return word.compare_exchange_strong(free, with, std::memory_order_acquire, std::memory_order_relaxed);
  }

  void answer(uintptr_t me)
  {
    uintptr_t question = me;
    asked.compare_exchange_strong(question, me | answered, std::memory_order_release, std::memory_order_relaxed);
  }

  SN_COLD void lock_slow()
  {
    const uintptr_t me = os::this_thread();
    if (is_held_here())
    {
      depth++;
      return;
    }
    constexpr int spins = 100;
    for (int spin = 0; spin < spins; spin++)
    {
      if (try_take(me))
        return;
      relax_cpu();
    }
    while (!try_take(me | sleepers))
    {
      uintptr_t seen = word.load(std::memory_order_relaxed);
      if (
        seen == 0 ||
        ((seen & sleepers) == 0 &&
         !word.compare_exchange_strong(seen, seen | sleepers, std::memory_order_relaxed, std::memory_order_relaxed)))
        continue;
      answer(me);
      os::wait(half(), uint32_t(seen | sleepers));
    }
    uintptr_t question = me | answered;
    asked.compare_exchange_strong(question, 0, std::memory_order_relaxed, std::memory_order_relaxed);
  }

  std::atomic<uintptr_t> word{0};
  std::atomic<uintptr_t> asked{0}; // see is_awaited_by()
  uint32_t depth = 0;              // of the holder, beyond the first time; written with the lock held
};

// Holds a lock for the length of a block.
class Hold
{
public:
  explicit Hold(Lock& lock) : held(lock) { held.lock(); }
  ~Hold() { held.unlock(); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

private:
  Lock& held;
};
} // namespace sn
