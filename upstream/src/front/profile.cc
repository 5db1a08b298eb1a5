#include "front/profile.h"

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

size_t interval_bytes()
{
  return interval.load(std::memory_order_relaxed);
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
  if (own == nullptr || own->sampler.is_paused())
  {
    heap.count_bytes(-bytes);
    return false;
  }
  Sampler& sampler = heap.sampler;
  if (number == 0 || !sampler.belongs_to(number))
  {
    sampler.join(number, heap.countdown);
    if (number == 0)
      return false;
    sampler.draw_distance(heap.countdown, interval_bytes());
    heap.count_bytes(bytes);
  }
  int64_t distance = sampler.distance(heap.countdown);
  if (distance >= 0)
  {
    sampler.set_distance(heap.countdown, distance);
    return false;
  }
  sampler.draw_distance(heap.countdown, interval_bytes());
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
    own->sampler.look_at_once(own->countdown);
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
  if (Heap* own = counting_heap(nullptr))
    own->sampler.pause(own->countdown);
}

void resume()
{
  if (Heap* own = own_heap())
    own->sampler.resume(own->countdown);
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
    heap->count_bytes(ptrdiff_t(bytes));
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
