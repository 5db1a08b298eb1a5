// Sampling: the distances are of the exponential distribution, every byte is counted once whatever path serves it, and
// call-backs come in pairs, paused, and outside of all brackets.
#include "core.h"
#include "system.h"

#include <math.h>
#include <thread>
#include <vector>

using namespace sn;

namespace
{
struct Calls
{
  size_t profile;
  size_t samples;
  size_t frees;
  size_t bytes;
  size_t freed_bytes;
};
thread_local Calls calls;
bool gives_token = true;

void* on_sample(size_t profile, size_t bytes)
{
  EXPECT(!own_heap()->bracket.is_busy() && own_heap()->sampler.pauses == 1);
  // What it allocates is not sampled.
  size_t before = calls.samples;
  for (size_t size : {size_t(10), size_t(1000), config::MiB})
    sn_rust_dealloc(sn_rust_alloc(1, size), 1, size);
  EXPECT_EQUAL(calls.samples, before);
  calls.profile = profile;
  calls.samples++;
  calls.bytes += bytes;
  return gives_token ? &calls : nullptr;
}

void on_free(size_t profile, void* token, size_t bytes)
{
  EXPECT(profile != 0 && token != nullptr && !own_heap()->bracket.is_busy());
  calls.frees++;
  calls.freed_bytes += bytes;
}

size_t start(size_t interval)
{
  calls = {};
  size_t number = sn_profile_start(interval, on_sample, on_free);
  EXPECT(number != 0);
  return number;
}

void test_logarithm()
{
  for (double number = 1e-16; number < 1e6; number *= 1.37)
    EXPECT(fabs(logarithm(number) - log(number)) < 1e-9);
}

void test_distribution()
{
  constexpr int draws = 1'000'000;
  Dice dice(1);
  double sum = 0;
  double squares = 0;
  int above_3 = 0;
  for (int draw = 0; draw < draws; draw++)
  {
    double value = draw_exponential(dice);
    EXPECT(value >= 0 && value < 37);
    sum += value;
    squares += value * value;
    above_3 += value > 3;
  }
  EXPECT(fabs(sum / draws - 1) < 0.005);
  EXPECT(fabs(squares / draws - 2) < 0.02);
  EXPECT(fabs(double(above_3) / draws - exp(-3)) < 0.0012);
}

// Of `count` allocations of `size` bytes: the mean, within five deviations.
void check_samples(size_t count, size_t size, size_t interval)
{
  double probability = 1 - exp(-double(size) / double(interval));
  double mean = double(count) * probability;
  double deviation = sqrt(mean * (1 - probability));
  EXPECT(fabs(double(calls.samples) - mean) <= 5 * deviation + 1);
  EXPECT_EQUAL(calls.bytes, calls.samples * size);
}

void test_counts(size_t size, size_t count, size_t interval, bool in_turns)
{
  std::vector<void*> objects(count);
  size_t number = start(interval);
  for (void*& object : objects)
  {
    object = sn_rust_alloc(1, size);
    EXPECT(object != nullptr);
    if (in_turns)
      sn_rust_dealloc(object, 1, size);
  }
  check_samples(count, size, interval);
  EXPECT_EQUAL(calls.profile, number);
  EXPECT_EQUAL(calls.frees, in_turns ? calls.samples : 0);
  if (!in_turns)
    for (void* object : objects)
      sn_rust_dealloc(object, 1, size);
  EXPECT_EQUAL(calls.frees, calls.samples);
  EXPECT_EQUAL(calls.freed_bytes, calls.bytes);
  sn_profile_stop(number);
}

// A change of size is a free and an allocation, and an object keeps its contents.
void test_sizes()
{
  size_t number = start(1); // all are sampled, but with a chance of exp(-size)
  auto* object = static_cast<char*>(sn_rust_alloc(1, 100));
  EXPECT_EQUAL(calls.samples, 1);
  EXPECT_EQUAL(page_map::find_tag(uintptr_t(object)), large_tag);
  EXPECT(sn_rust_usable_size(object) >= 100);
  object[99] = 7;
  object = static_cast<char*>(sn_rust_realloc(object, 1, 100, 50'000));
  EXPECT(object[99] == 7 && calls.samples == 2 && calls.frees == 1 && calls.freed_bytes == 100);
  object = static_cast<char*>(sn_rust_realloc(object, 1, 50'000, 5'000'000));
  EXPECT(object[99] == 7 && calls.samples == 3 && calls.freed_bytes == 50'100);
  EXPECT(sn_rust_resize_in_place(object, 1, 5'000'000, 4'000'000) >= 4'000'000);
  EXPECT(calls.samples == 4 && calls.freed_bytes == 5'050'100);
  object = static_cast<char*>(sn_rust_realloc(object, 1, 4'000'000, 200));
  EXPECT(object[99] == 7 && calls.samples == 5 && calls.frees == 4);
  sn_rust_dealloc(object, 1, 200);
  EXPECT_EQUAL(calls.freed_bytes, calls.bytes);
  auto* zeroed = static_cast<char*>(sn_rust_alloc_zeroed(4096, 300));
  EXPECT(uintptr_t(zeroed) % 4096 == 0 && zeroed[0] == 0 && zeroed[299] == 0);
  sn_rust_dealloc(zeroed, 4096, 300);
  EXPECT_EQUAL(calls.frees, calls.samples);
  sn_profile_stop(number);
}

void test_pauses()
{
  size_t number = start(1);
  sn_profile_pause();
  sn_profile_pause();
  sn_profile_resume();
  void* unsampled = sn_rust_alloc(1, 1000);
  EXPECT_EQUAL(calls.samples, 0);
  sn_profile_resume();
  void* sampled = sn_rust_alloc(1, 1000);
  EXPECT_EQUAL(calls.samples, 1);
  sn_rust_dealloc(unsampled, 1, 1000);
  sn_rust_dealloc(sampled, 1, 1000);
  EXPECT_EQUAL(calls.frees, 1);
  sn_profile_stop(number);
}

void test_one_after_another()
{
  size_t first = start(1);
  EXPECT_EQUAL(sn_profile_start(1, on_sample, on_free), 0);
  void* of_first = sn_rust_alloc(1, 1000);
  sn_profile_stop(first + 1); // of another one
  EXPECT_EQUAL(sn_profile_start(1, on_sample, on_free), 0);
  sn_profile_stop(first);
  void* of_none = nullptr;
  for (size_t at = 0; at < 100; at++)
    sn_rust_dealloc(of_none = sn_rust_alloc(1, 1000), 1, 1000);
  EXPECT_EQUAL(calls.samples, 1);
  size_t second = start(1);
  EXPECT(second != first);
  sn_rust_dealloc(of_first, 1, 1000);
  EXPECT_EQUAL(calls.frees, 0);
  gives_token = false;
  sn_rust_dealloc(sn_rust_alloc(1, 1000), 1, 1000);
  EXPECT(calls.samples == 1 && calls.frees == 0);
  gives_token = true;
  sn_profile_stop(second);
}

// Frees on another thread, a heap of its own, and a private one that ends.
void test_heaps()
{
  size_t number = start(1);
  void* object = sn_rust_alloc(1, 1000);
  EXPECT_EQUAL(calls.samples, 1);
  std::thread([object] {
    void* own = sn_rust_alloc(1, 500);
    EXPECT_EQUAL(calls.samples, 1);
    sn_rust_dealloc(object, 1, 1000);
    EXPECT(calls.frees == 1 && calls.freed_bytes == 1000);
    sn_rust_dealloc(own, 1, 500);
    EXPECT_EQUAL(calls.frees, 2);
  }).join();
  EXPECT_EQUAL(calls.frees, 0);
  sn_heap* heap = sn_heap_new();
  for (size_t size : {size_t(64), size_t(1000), size_t(100'000)})
    EXPECT(sn_heap_alloc(heap, 1, size) != nullptr);
  EXPECT_EQUAL(calls.samples, 4);
  sn_heap_delete(heap);
  EXPECT_EQUAL(calls.frees, 3);
  sn_profile_stop(number);
}
} // namespace

int main()
{
  EXPECT_EQUAL(sn_profile_is_supported(), 1);
  test_logarithm();
  test_distribution();
  for (bool in_turns : {true, false})
  {
    test_counts(16, 200'000, 4096, in_turns);
    test_counts(100, 100'000, 10'000, in_turns);
    test_counts(5'000, 10'000, 512 * 1024, in_turns);
    test_counts(100'000, 1'000, 64 * 1024, in_turns);
  }
  test_counts(1, 1'000'000, 1'000, true);
  test_sizes();
  test_pauses();
  test_one_after_another();
  test_heaps();
  check_everything();
}
