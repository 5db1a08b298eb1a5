#include "front/profile.h"

#include "base/exponential.h"

#include <stdint.h>

namespace sn::profile
{
namespace
{
// Written by start() and stop() only. Acquire and release at `running`: who sees the number sees what belongs to it. A
// thread that lags behind may mix two profiles, which costs a sample its weight, and its call-back is told the number.
std::atomic<uint32_t> running{0}; // the number of the profile, or 0
std::atomic<uint32_t> is_taken{0};
std::atomic<uint32_t> last_number{0};
std::atomic<size_t> interval{0};
std::atomic<OnSample> call_on_sample{nullptr};
std::atomic<OnFree> call_on_free{nullptr};

constexpr ptrdiff_t far_away = PTRDIFF_MAX;

// The heap whose countdown a thread counts in: a private heap, or its own, which it gets here. Null: there is none.
Heap* counting_heap(Heap* private_heap)
{
  if (private_heap != nullptr)
    return private_heap;
  if (Heap* own = own_heap())
    return own;
  {
    Visit visit;
  }
  return own_heap();
}

void set_distance(Heap& heap, int64_t bytes)
{
  heap.countdown = ptrdiff_t(bytes < config::profile_leg_bytes ? bytes : config::profile_leg_bytes);
  heap.sampler.beyond = bytes - heap.countdown;
}

void draw_distance(Heap& heap)
{
  Sampler& sampler = heap.sampler;
  if (!sampler.has_dice)
    sampler.dice = Dice(os::entropy());
  sampler.has_dice = true;
  constexpr double most = double(int64_t(1) << 62);
  double distance = draw_exponential(sampler.dice) * double(interval.load(std::memory_order_relaxed));
  set_distance(heap, int64_t(distance < most ? distance : most));
}

// The thread counts anew at its next allocation.
void join_at_once(Heap& heap)
{
  heap.sampler.profile = 0;
  (heap.sampler.pauses == 0 ? heap.countdown : heap.sampler.set_aside) = 0;
}

class Pause
{
public:
  Pause() { pause(); }
  ~Pause() { resume(); }
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
};

// At the end of a leg, `bytes` behind it.
SN_COLD bool is_due_slow(Heap& heap, ptrdiff_t bytes)
{
  uint32_t number = running.load(std::memory_order_acquire);
  Heap* own = number == 0 ? &heap : counting_heap(nullptr);
  if (own == nullptr || own->sampler.pauses != 0)
  {
    heap.countdown += bytes;
    return false;
  }
  Sampler& sampler = heap.sampler;
  if (number == 0 || sampler.profile != number)
  {
    sampler.profile = number;
    heap.countdown = config::profile_leg_bytes;
    sampler.beyond = 0;
    if (number == 0)
      return false;
    draw_distance(heap);
    heap.countdown -= bytes;
  }
  int64_t distance = heap.countdown + sampler.beyond;
  if (distance >= 0)
  {
    set_distance(heap, distance);
    return false;
  }
  draw_distance(heap);
  return true;
}
} // namespace

size_t start(size_t interval_bytes, OnSample on_sample, OnFree on_free)
{
  uint32_t not_taken = 0;
  if (!config::profiles || !is_taken.compare_exchange_strong(not_taken, 1, std::memory_order_acquire))
    return 0;
  interval.store(interval_bytes, std::memory_order_relaxed);
  call_on_sample.store(on_sample, std::memory_order_relaxed);
  call_on_free.store(on_free, std::memory_order_relaxed);
  uint32_t number = last_number.load(std::memory_order_relaxed) + 1;
  number += number == 0;
  last_number.store(number, std::memory_order_relaxed);
  running.store(number, std::memory_order_release);
  if (Heap* own = counting_heap(nullptr))
    join_at_once(*own);
  return number;
}

void stop(size_t number)
{
  auto expected = uint32_t(number);
  // Release of `is_taken`: pairs with the acquire in start(), so that two profiles are written one after the other.
  if (number != 0 && running.compare_exchange_strong(expected, 0, std::memory_order_relaxed))
    is_taken.store(0, std::memory_order_release);
}

void pause()
{
  Heap* own = counting_heap(nullptr);
  if (own == nullptr || own->sampler.pauses++ > 0)
    return;
  own->sampler.set_aside = own->countdown;
  own->countdown = far_away;
}

void resume()
{
  Heap* own = own_heap();
  if (own != nullptr && own->sampler.pauses != 0 && --own->sampler.pauses == 0)
    own->countdown = own->sampler.set_aside;
}

bool is_due(size_t bytes, Heap* private_heap)
{
  if (bytes > space::max_bytes)
    return false;
  bool is_running = running.load(std::memory_order_relaxed) != 0;
  Heap* heap = is_running ? counting_heap(private_heap) : private_heap != nullptr ? private_heap : own_heap();
  if (heap == nullptr)
    return false;
  if (heap->countdown >= 0) // otherwise the fast path has counted
    heap->countdown -= ptrdiff_t(bytes);
  return SN_UNLIKELY(heap->countdown < 0) && is_due_slow(*heap, ptrdiff_t(bytes));
}

SN_COLD void* allocate_sampled(Layout layout, bool zero, Heap* private_heap)
{
  void* object = allocate_large(layout, zero, private_heap);
  if (object != nullptr)
    attach(large_at(object), layout.size);
  return object;
}

SN_COLD void attach(LargeObject* large, size_t bytes)
{
  uint32_t number = running.load(std::memory_order_acquire);
  if (number == 0)
    return;
  Pause pause;
  large->token = call_on_sample.load(std::memory_order_relaxed)(number, bytes);
  if (large->token == nullptr)
    return;
  large->layout.size = bytes;
  large->profile = number;
}

SN_COLD void report_free(LargeObject* large)
{
  uint32_t number = large->profile;
  large->profile = 0;
  if (number != running.load(std::memory_order_acquire))
    return;
  Pause pause;
  call_on_free.load(std::memory_order_relaxed)(number, large->token, large->layout.size);
}
} // namespace sn::profile
