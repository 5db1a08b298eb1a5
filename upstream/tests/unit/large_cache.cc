// The ranges that a heap keeps for its next large objects, and the sizes that these come in.
#include "core.h"
#include "expect.h"
#include "system.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string.h>
#include <thread>
#include <vector>

using namespace sn;

namespace
{
constexpr size_t size_bytes = 64 * config::KiB;

void sizes_waste_an_eighth_at_most()
{
  uint32_t before = 0;
  for (uint32_t chunks = 1; chunks <= 1u << 17; chunks++)
  {
    RangeClass size(chunks);
    EXPECT(size.chunks() >= chunks && (size.chunks() - chunks) * 8 < size.chunks());
    EXPECT_EQUAL(RangeClass(size.chunks()).chunks(), size.chunks());
    EXPECT_EQUAL(RangeClass(size.chunks()).index(), size.index());
    EXPECT(size.index() == before || size.index() == before + 1); // no place in the table is left out
    before = size.index();
  }
  EXPECT_EQUAL(RangeClass(1u << 11).index() + 1, RangeClass::count_to(11));
}

size_t kept_bytes()
{
  return own_heap()->large_cache.bytes();
}

// The first time the range goes back to the address space, and is wanted again: from then on it is kept.
void what_is_wanted_again_is_kept()
{
  void* first = allocate(8, size_bytes);
  sn::free(first);
  EXPECT_EQUAL(kept_bytes(), 0);
  void* second = allocate(8, size_bytes);
  sn::free(second);
  EXPECT_EQUAL(kept_bytes(), size_bytes);
  size_t calls = os::calls.load();
  for (int round = 0; round < 500; round++)
  {
    void* object = allocate(8, size_bytes);
    EXPECT(object == second && kept_bytes() == 0);
    EXPECT(usable_bytes(object) == size_bytes);
    sn::free(object);
    EXPECT(usable_bytes(object) == 0);
  }
  EXPECT_EQUAL(os::calls.load(), calls);
}

// Half of what was never taken out between two ticks goes at each, so that one range is gone after some.
void what_is_not_wanted_goes()
{
  EXPECT_EQUAL(kept_bytes(), size_bytes);
  for (int round = 0; round < 5000; round++)
    sn::free(allocate(8, 3 * size_bytes));
  EXPECT_EQUAL(kept_bytes(), 3 * size_bytes);
}

void a_trim_takes_all()
{
  EXPECT(kept_bytes() > 0);
  trim();
  EXPECT_EQUAL(kept_bytes(), 0);
  EXPECT_EQUAL(space::leased_bytes, 0);
}

// Of a thread that sleeps others give back what it keeps.
void a_sleeper_keeps_nothing_for_long()
{
  std::atomic<int> step{0};
  Heap* heap = nullptr;
  std::thread sleeper([&] {
    what_is_wanted_again_is_kept();
    heap = own_heap();
    step = 1;
    while (step.load() != 2)
      std::this_thread::yield();
  });
  while (step.load() != 1)
    std::this_thread::yield();
  EXPECT_EQUAL(heap->large_cache.bytes(), size_bytes);
  registry::release_idle(own_heap()); // it was used since anybody looked
  EXPECT_EQUAL(heap->large_cache.bytes(), size_bytes);
  options.purge_delay_ms = 0;
  for (int round = 0; round < 3000; round++) // until a tick finds that the delay has passed
    sn::free(allocate(8, size_bytes));
  EXPECT_EQUAL(heap->large_cache.bytes(), 0);
  options.purge_delay_ms = config::purge_delay_ms;
  step = 2;
  sleeper.join();
}

// A thread that has only small objects any more ticks no more, so that time does it.
void small_objects_have_it_given_back()
{
  std::vector<void*> objects(4);
  for (int round = 0; round < 3; round++)
  {
    for (void*& object : objects)
      object = allocate(8, size_bytes);
    for (void* object : objects)
      sn::free(object);
  }
  EXPECT_EQUAL(kept_bytes(), objects.size() * size_bytes);
  options.purge_delay_ms = 0;
  objects.resize(10000);
  for (int round = 0; round < 5; round++)
  {
    for (void*& object : objects)
      object = allocate(8, config::KiB);
    for (void* object : objects)
      sn::free(object);
  }
  options.purge_delay_ms = config::purge_delay_ms;
  EXPECT_EQUAL(kept_bytes(), 0);
  EXPECT_EQUAL(space::leased_bytes, 0);
}

void look_for_idle()
{
  for (int look = 0; look < 3; look++) // what was used before the first goes at the last
    registry::release_idle(own_heap());
}

// Each of its calls borrows a heap, which is parked then.
void a_thread_that_has_ended_keeps_nothing()
{
  set_late_function([](void* rounds) {
    for (; *static_cast<int*>(rounds) > 0; --*static_cast<int*>(rounds))
      sn::free(allocate(8, size_bytes));
  });
  int rounds = 10;
  std::thread([&rounds] {
    sn::free(allocate(8, 8));
    call_late(&rounds);
  }).join();
  EXPECT_EQUAL(rounds, 0);
  look_for_idle();
  EXPECT_EQUAL(space::leased_bytes, 0);
}

// However many they are: until that is the base of the budget.
void each_thread_keeps_one()
{
  trim();
  constexpr size_t count = 2 * config::purge_floor_bytes / config::lease_share / size_bytes;
  std::atomic<size_t> ready{0};
  std::vector<std::thread> threads;
  for (size_t index = 0; index < count; index++)
    threads.emplace_back([&ready] {
      for (int round = 0; round < 2; round++)
        sn::free(allocate(8, size_bytes));
      EXPECT_EQUAL(kept_bytes(), size_bytes);
      for (ready++; ready != count;)
        std::this_thread::yield();
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQUAL(space::leased_bytes, 0);
}

// Who keeps what it needs has nothing to wait for while others use the address space, at its ticks neither.
void a_tick_waits_for_nobody()
{
  trim();
  for (int round = 0; round < 10; round++)
    sn::free(allocate(8, size_bytes));
  std::atomic<bool> is_held{false};
  std::atomic<bool> is_done{false};
  bool has_waited = false;
  std::thread holder([&] {
    space::Still still;
    is_held = true;
    for (int ms = 0; !is_done && !has_waited; ms++)
    {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      has_waited = ms == 10'000;
    }
  });
  while (!is_held)
    std::this_thread::yield();
  for (int round = 0; round < 10'000; round++)
    sn::free(allocate(8, size_bytes));
  is_done = true;
  holder.join();
  EXPECT(!has_waited);
}

// What a thread may keep and does not, because all of it is in use, others may.
void who_keeps_nothing_leaves_room_for_others()
{
  trim();
  std::vector<void*> objects(100);
  for (void*& object : objects)
    object = allocate(8, size_bytes);
  for (void*& object : objects)
  {
    sn::free(object);
    object = allocate(8, size_bytes);
  }
  EXPECT_EQUAL(kept_bytes(), 0);
  EXPECT(space::leased_bytes > 0);
  std::thread([] {
    sn::free(allocate(8, 8));
    look_for_idle();
  }).join();
  EXPECT_EQUAL(space::leased_bytes, 0);
  for (void* object : objects)
    sn::free(object);
}

// What one heap keeps stays within its share of the budget of free memory.
void a_heap_keeps_no_more_than_the_budget()
{
  std::vector<void*> objects(1000);
  for (int round = 0; round < 20; round++)
  {
    for (void*& object : objects)
      object = allocate(8, size_bytes);
    for (void* object : objects)
      sn::free(object);
    EXPECT(kept_bytes() <= space::leased_bytes);
    size_t most = objects.size() * size_bytes + config::MiB; // that was ever in use, with what slabs take
    EXPECT(space::leased_bytes <= PurgeBudget::base_bytes(most) / config::lease_share);
  }
}

// Memory that was never used is not cleared, and so not touched; what was kept is.
void zeroed_memory_is_zero()
{
  for (size_t size : {17 * config::KiB, 30 * config::KiB, size_bytes, config::MiB, 8 * config::MiB})
    for (int round = 0; round < 20; round++)
    {
      auto* bytes = static_cast<char*>(allocate_zeroed(8, size));
      EXPECT(std::all_of(bytes, bytes + size, [](char byte) { return byte == 0; }));
      std::fill(bytes, bytes + size, 1);
      sn::free(bytes);
    }
}

// That one was used wholly does not speak for all that follow.
void each_zeroed_object_is_judged()
{
  if (!config::takes_blocks)
    return;
  trim();
  void* used = allocate_zeroed(8, config::purge_to_clear_bytes);
  memset(used, 1, config::purge_to_clear_bytes);
  sn::free(used);
  EXPECT(space::are_used_wholly());
  sn::free(allocate_zeroed(8, config::purge_to_clear_bytes));
  EXPECT(!space::are_used_wholly());
}

// What heaps keep refuses nobody memory, and nor does it that sizes are rounded.
void a_limit_is_for_what_is_in_use()
{
  constexpr size_t MiB = config::MiB;
  trim();
  void* object = allocate(8, 96 * MiB);
  EXPECT(resize(object, 8, 96 * MiB, 60 * MiB) == object);
  size_t held = usage::held_bytes.load() - space::figures().dirty_bytes;
  std::vector<void*> kept(3);
  for (int round = 0; round < 3; round++)
  {
    for (void*& range : kept)
      range = allocate(8, MiB / 4);
    for (void* range : kept)
      sn::free(range);
  }
  EXPECT_EQUAL(kept_bytes(), 3 * MiB / 4);
  options.memory_limit_bytes = held + 36 * MiB + MiB / 2;
  EXPECT(resize(object, 8, 60 * MiB, 96 * MiB) != nullptr);
  EXPECT_EQUAL(kept_bytes(), 0);
  sn::free(object);
  trim();
  options.memory_limit_bytes = usage::held_bytes.load() + 99 * MiB;
  object = allocate(8, 98 * MiB);
  EXPECT_EQUAL(usable_bytes(object), 98 * MiB);
  EXPECT_EQUAL(resize_in_place(object, 8, 98 * MiB, 97 * MiB), 98 * MiB);
  EXPECT(resize(object, 8, 97 * MiB, 90 * MiB) == object);
  EXPECT(resize(object, 8, 90 * MiB, 97 * MiB) == object);
  EXPECT_EQUAL(usable_bytes(object), 97 * MiB);
  sn::free(object);
  options.memory_limit_bytes = ~size_t(0);
}
} // namespace

int main()
{
  sizes_waste_an_eighth_at_most();
  what_is_wanted_again_is_kept();
  what_is_not_wanted_goes();
  a_trim_takes_all();
  a_sleeper_keeps_nothing_for_long();
  a_trim_takes_all();
  small_objects_have_it_given_back();
  a_thread_that_has_ended_keeps_nothing();
  each_thread_keeps_one();
  a_tick_waits_for_nobody();
  who_keeps_nothing_leaves_room_for_others();
  a_heap_keeps_no_more_than_the_budget();
  zeroed_memory_is_zero();
  each_zeroed_object_is_judged();
  a_limit_is_for_what_is_in_use();
}
