// A futex of one word, for models: whether to sleep is decided in one step with going to sleep. Its lock orders nothing
// else, for the word is read relaxed under it and every user reads it again.
#pragma once

class Futex
{
public:
  void wait(rl::atomic<uint32_t>& word, uint32_t value)
  {
    lock.lock($);
    if (word.load(rl::mo_relaxed, $) == value)
      sleepers.wait(lock, $);
    lock.unlock($);
  }

  void wake_one()
  {
    lock.lock($);
    sleepers.notify_one($);
    lock.unlock($);
  }

  void wake_all()
  {
    lock.lock($);
    sleepers.notify_all($);
    lock.unlock($);
  }

private:
  rl::mutex lock;
  rl::condition_variable_any sleepers;
};
