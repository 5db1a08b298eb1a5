// A lock that sleeps in the kernel when it is contended. It holds no memory, and a child of fork can release it.
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
    if (SN_UNLIKELY(word.exchange(0, std::memory_order_release) == 2))
      os::wake_one(word);
  }

private:
  SN_COLD void lock_slow()
  {
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
