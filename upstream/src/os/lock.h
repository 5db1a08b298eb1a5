// A lock that sleeps in the kernel when it is contended. It holds no memory, and a child of fork can release it.
//
// A thread that forks holds all locks while handlers of others run, which may allocate: for it they are recursive.
//
// States of the word: 0 free, 1 held, 2 held and somebody may sleep.
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
    uint32_t expected = 0;
    if (SN_LIKELY(word.compare_exchange_strong(expected, 1, std::memory_order_acquire, std::memory_order_relaxed)))
      return;
    lock_slow();
  }

  void unlock()
  {
    if (SN_UNLIKELY(depth != 0))
    {
      depth--;
      return;
    }
    if (SN_UNLIKELY(word.exchange(0, std::memory_order_release) == 2))
      os::wake_one(word);
  }

  // As lock() and unlock(), around a fork of the calling thread, which may take the lock again between the two.
  void begin_fork()
  {
    lock();
    forking_thread.store(os::this_thread(), std::memory_order_relaxed);
  }
  void end_fork()
  {
    forking_thread.store(0, std::memory_order_relaxed);
    unlock();
  }
  bool is_nested() const { return depth != 0; }
  // Relaxed: only this thread itself can have stored its own number.
  bool is_forking_here() const { return forking_thread.load(std::memory_order_relaxed) == os::this_thread(); }

private:
  SN_COLD void lock_slow()
  {
    if (is_forking_here())
    {
      depth++;
      return;
    }
    constexpr int spins = 100;
    for (int spin = 0; spin < spins; spin++)
    {
      uint32_t expected = 0;
      if (word.compare_exchange_weak(expected, 1, std::memory_order_acquire, std::memory_order_relaxed))
        return;
      relax_cpu();
    }
    while (word.exchange(2, std::memory_order_acquire) != 0)
      os::wait(word, 2);
  }

  std::atomic<uint32_t> word{0};
  uint32_t depth = 0; // of the forking thread; written with the lock held
  std::atomic<uintptr_t> forking_thread{0};
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
