// Private heaps: they end with all their objects, whoever has freed some of them, and whatever is on its way.
#include "block.h"
#include "core.h"
#include "system.h"

#include <mutex>
#include <string.h>
#include <thread>
#include <vector>

using namespace sn;

namespace
{
constexpr size_t KiB = config::KiB;
constexpr size_t MiB = config::MiB;

Heap& inside(sn_heap* heap)
{
  return *reinterpret_cast<Heap*>(heap);
}

template<typename Function>
void in_thread(Function function)
{
  std::thread(function).join();
}

Block make(sn_heap* heap, size_t size, size_t alignment = 1)
{
  Block block{static_cast<char*>(sn_heap_alloc(heap, alignment, size)), alignment, size, size * 0x9e3779b97f4a7c15};
  EXPECT(block.start != nullptr && uintptr_t(block.start) % alignment == 0);
  write_contents(block);
  return block;
}

// As anybody may.
void drop(const Block& block)
{
  check_contents(block, block.size);
  sn_rust_dealloc(block.start, block.alignment, block.size);
}

void drop(sn_heap* heap, const Block& block)
{
  check_contents(block, block.size);
  sn_heap_dealloc(heap, block.start, block.alignment, block.size);
}

uint32_t owner(const Block& block)
{
  Tag tag = page_map::find_tag(uintptr_t(block.start));
  return tag == large_tag ? large_at(block.start)->owner : owner_of(tag);
}

void post_own()
{
  Visit visit;
  SlowPath slow(*visit.heap());
  visit.heap()->post_all();
}

void check_all_gone()
{
  retire_all_heaps();
  Audit::Found found = check_everything();
  EXPECT_EQUAL(found.small_objects, 0);
  EXPECT_EQUAL(found.used_bytes, 0);
}

// Blocks of all sizes, free and in use, in the heap and from elsewhere.
void check_sizes()
{
  for (int round = 0; round < 3; round++)
  {
    sn_heap* heap = sn_heap_new();
    uint32_t own = owner_of(inside(heap).tag);
    std::vector<Block> blocks;
    for (size_t size = 1; size < 3 * MiB; size += size / 9 + 1)
      for (int number = 0; number < 12; number++)
        blocks.push_back(make(heap, size, size_t(1) << number));
    for (const Block& block : blocks)
      EXPECT_EQUAL(owner(block), own);
    EXPECT_EQUAL(check_everything().large_objects + check_everything().small_objects, blocks.size());
    for (size_t number = 0; number < blocks.size(); number++)
      if (number % 3 == 1)
        drop(heap, blocks[number]);
      else if (number % 3 == 2 && number % 2 == 0)
        drop(blocks[number]);
      else
        check_contents(blocks[number], blocks[number].size);
    check_everything();
    sn_heap_delete(heap);
    post_own(); // what came too late
    check_all_gone();
  }
  EXPECT(registry::counts().heaps <= 2); // the same again and again
}

void check_zeroed_and_resized()
{
  sn_heap* heap = sn_heap_new();
  uint32_t own = owner_of(inside(heap).tag);
  for (size_t size : {size_t(1), size_t(100), 40 * KiB, 5 * MiB})
  {
    drop(heap, make(heap, size));
    auto* zeroed = static_cast<char*>(sn_heap_alloc_zeroed(heap, 1, size));
    for (size_t offset = 0; offset < size; offset++)
      EXPECT(zeroed[offset] == 0);
    sn_heap_dealloc(heap, zeroed, 1, size);
  }
  for (size_t from : {size_t(10), size_t(3000), 50 * KiB, 2 * MiB})
    for (size_t to : {size_t(20), size_t(3000), 70 * KiB, 6 * MiB})
    {
      Block block = make(heap, from);
      Block wall = make(heap, 64 * KiB); // it cannot grow in place
      void* moved = sn_heap_realloc(heap, block.start, 1, from, to);
      EXPECT(moved != nullptr);
      Block resized{static_cast<char*>(moved), 1, from < to ? from : to, block.stamp};
      for (size_t offset = 0; offset < resized.size && offset < 64; offset++)
        EXPECT(resized.start[offset] == byte_at(block.stamp, offset));
      EXPECT_EQUAL(owner(resized), own);
      // By the thread's own heap: it stays unless it is copied.
      moved = sn_rust_realloc(moved, 1, to, 2 * to);
      EXPECT(moved != nullptr);
      check_everything();
      sn_rust_dealloc(moved, 1, 2 * to);
      drop(wall);
    }
  sn_heap_delete(heap);
  check_all_gone();
}

// The end of a heap looks at no object: it takes as long as its slabs are many.
void check_untouched_objects()
{
  if (config::checks)
    return;
  sn_heap* heap = sn_heap_new();
  Block first = make(heap, 64 * KiB);
  std::vector<uintptr_t> pages;
  for (int number = 0; number < 100000; number++)
  {
    Block block = make(heap, 16);
    if (uintptr_t(block.start) % os::page_bytes() == 0)
      pages.push_back(uintptr_t(block.start));
  }
  pages.push_back(uintptr_t(first.start));
  for (uintptr_t page : pages)
    EXPECT(os::protect(reinterpret_cast<void*>(page), os::page_bytes(), false));
  options.purge_delay_ms = 1000000;
  sn_heap_delete(heap);
  for (uintptr_t page : pages)
    EXPECT(os::protect(reinterpret_cast<void*>(page), os::page_bytes(), true));
  options.purge_delay_ms = config::purge_delay_ms;
  check_all_gone();
}

// What another thread frees comes home, and is used again.
void check_mail()
{
  sn_heap* heap = sn_heap_new();
  std::vector<Block> blocks;
  for (int round = 0; round < 20; round++)
  {
    for (int number = 0; number < 2000; number++)
      blocks.push_back(make(heap, number % 100 == 0 ? 40 * KiB : 500));
    in_thread([&] {
      for (const Block& block : blocks)
        drop(block);
    });
    blocks.clear();
  }
  EXPECT(space::figures().used_bytes <= 4 * 2000 * KiB);
  {
    SlowPath slow(inside(heap));
  }
  EXPECT_EQUAL(check_everything().small_objects, 0);
  EXPECT_EQUAL(check_everything().large_objects, 0);
  sn_heap_delete(heap);
  check_all_gone();
}

// The slot of a heap that has ended is nobody's while another thread holds a batch for it.
void check_late_mail(bool is_posted, bool is_purged)
{
  registry::purge_all_parked(); // heaps that are warm are used first
  sn_rust_dealloc(sn_rust_alloc(1, 8), 1, 8);
  sn_heap* heap = sn_heap_new();
  HeapSlot& slot = inside(heap).own_slot();
  std::vector<Block> blocks;
  for (int number = 0; number < 100; number++)
    blocks.push_back(make(heap, 20));
  for (int number = 0; number < 50; number++)
    drop(blocks[number]); // into this thread's outbox
  EXPECT_EQUAL(slot.batches.load(), 1);
  if (is_posted)
    post_own();
  sn_heap_delete(heap);
  check_everything();
  EXPECT(slot.is_ended && slot.batches.load() == (is_posted ? 0 : 1));
  if (is_purged)
  {
    registry::purge_parked(slot);
    EXPECT(!slot.started);
  }
  sn_heap* next = sn_heap_new();
  EXPECT((&inside(next).own_slot() == &slot) == is_posted);
  std::vector<Block> others;
  for (int number = 0; number < 5000; number++)
    others.push_back(make(next, 20));
  post_own(); // what is too late, and whoever posts to such a heap has it discarded
  EXPECT_EQUAL(slot.batches.load(), 0);
  check_everything();
  sn_heap* third = sn_heap_new();
  EXPECT((&inside(third).own_slot() == &slot) == !is_posted);
  for (const Block& block : others)
    drop(next, block);
  sn_heap_delete(next);
  sn_heap_delete(third);
  check_all_gone();
}

// What arrives in two parts makes the slot of a heap that has ended reusable once: two heaps never get the same.
void check_late_mail_twice()
{
  sn_heap* heap = sn_heap_new();
  HeapSlot& slot = inside(heap).own_slot();
  Block first = make(heap, 20);
  Block second = make(heap, 20);
  Heap* others[2] = {registry::adopt(), registry::adopt()};
  EXPECT(sn::send(*others[0], first.start, page_map::find_tag(uintptr_t(first.start))));
  EXPECT(sn::send(*others[1], second.start, page_map::find_tag(uintptr_t(second.start))));
  sn_heap_delete(heap);
  EXPECT_EQUAL(slot.batches.load(), 2);
  for (Heap* other : others)
  {
    SlowPath slow(*other);
    other->post_all();
  }
  registry::drain_due();
  EXPECT_EQUAL(slot.batches.load(), 0);
  registry::note_due(slot); // by a sender that was slow
  registry::drain_due();
  check_everything();
  sn_heap* next[2] = {sn_heap_new(), sn_heap_new()};
  EXPECT(next[0] != next[1]);
  for (sn_heap* each : next)
    sn_heap_delete(each);
  for (Heap* other : others)
    registry::park(other);
  check_all_gone();
}

// However many heaps are parked, those that come and go stay warm: no system call is made for them.
void check_warmth()
{
  registry::purge_all_parked();
  std::vector<sn_heap*> heaps;
  for (size_t number = 0; number < 2 * registry::most_warm(); number++)
    heaps.push_back(sn_heap_new());
  for (sn_heap* heap : heaps)
    sn_heap_delete(heap);
  check_everything();
  EXPECT_EQUAL(registry::ended_private.warm_count, registry::most_warm());
  size_t calls_before = os::calls.load();
  size_t purges_before = usage::purges.load();
  for (int round = 0; round < 1000; round++)
  {
    sn_heap* pair[2] = {sn_heap_new(), sn_heap_new()};
    for (sn_heap* heap : pair)
      sn_heap_delete(heap);
  }
  EXPECT_EQUAL(os::calls.load(), calls_before);
  EXPECT_EQUAL(usage::purges.load(), purges_before);
  registry::release_idle(own_heap()); // sees them,
  EXPECT_EQUAL(registry::ended_private.warm_count, registry::most_warm());
  sn_heap_delete(sn_heap_new());
  registry::release_idle(own_heap()); // and sees all but one again
  EXPECT_EQUAL(registry::ended_private.warm_count, 1);
  check_everything();
  registry::release_idle(own_heap());
  EXPECT_EQUAL(registry::ended_private.warm_count, 0);
  check_all_gone();
}

// Mail that arrives while its heap ends, or after that, from many threads.
void check_mail_at_end(int sender_count, int rounds)
{
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::vector<Block> mail;
  std::vector<std::thread> senders;
  for (int number = 0; number < sender_count; number++)
    senders.emplace_back([&] {
      while (!stop.load())
      {
        std::vector<Block> taken;
        {
          std::lock_guard<std::mutex> hold(mutex);
          taken.swap(mail);
          for (const Block& block : taken) // while the heap lives
            drop(block);
        }
        if (taken.empty())
          std::this_thread::yield();
        else
          post_own();
      }
    });
  for (int round = 0; round < rounds; round++)
  {
    sn_heap* heap = sn_heap_new();
    std::vector<Block> blocks;
    for (int number = 0; number < 200; number++)
      blocks.push_back(make(heap, 1 + size_t(number) * 37 % 3000));
    {
      std::lock_guard<std::mutex> hold(mutex);
      mail.insert(mail.end(), blocks.begin(), blocks.begin() + 100);
    }
    if (round % 2 == 0)
      std::this_thread::yield();
    std::lock_guard<std::mutex> hold(mutex);
    mail.clear();
    sn_heap_delete(heap);
  }
  stop.store(true);
  for (std::thread& sender : senders)
    sender.join();
  EXPECT(registry::counts().heaps < size_t(40 + 2 * sender_count));
  check_all_gone();
}

// One heap, used by many threads in turn.
void check_turns(int thread_count, int turns)
{
  sn_heap* heap = sn_heap_new();
  std::mutex mutex;
  std::vector<Block> blocks;
  std::vector<std::thread> threads;
  for (int number = 0; number < thread_count; number++)
    threads.emplace_back([&, number] {
      Random random(number);
      for (int turn = 0; turn < turns; turn++)
      {
        std::lock_guard<std::mutex> hold(mutex);
        for (int step = 0; step < 50; step++)
          blocks.push_back(make(heap, 1 + random.below(random.one_in(50) ? 200 * KiB : 2000)));
        for (int step = 0; step < 50; step++)
        {
          std::swap(blocks[random.below(blocks.size())], blocks.back());
          random.one_in(2) ? drop(heap, blocks.back()) : drop(blocks.back());
          blocks.pop_back();
        }
      }
    });
  for (int round = 0; round < 50; round++)
    sn_trim();
  for (std::thread& thread : threads)
    thread.join();
  check_everything();
  sn_heap_delete(heap);
  check_all_gone();
}

// Fork handlers of others may use a private heap; a child keeps those that there are.
void check_forks()
{
  sn_heap* heap = sn_heap_new();
  Block kept = make(heap, 100);
  EXPECT(registry::stop_for_fork());
  std::vector<Block> blocks;
  for (int number = 0; number < 1000; number++)
    blocks.push_back(make(heap, size_t(number) * 50));
  registry::resume_in_parent();
  for (const Block& block : blocks)
    drop(heap, block);
  EXPECT(registry::stop_for_fork());
  registry::resume_in_child(); // as if
  check_everything();
  EXPECT(!inside(heap).own_slot().parked.load());
  drop(heap, kept);
  make(heap, 1000);
  sn_heap_delete(heap);
  check_all_gone();
}
} // namespace

int main()
{
  in_thread(check_sizes);
  in_thread(check_zeroed_and_resized);
  in_thread(check_untouched_objects);
  in_thread(check_mail);
  for (int number = 0; number < 4; number++)
    in_thread([number] { check_late_mail(number % 2 != 0, number >= 2); });
  if (!config::checks) // objects have labels there, which change as they are freed
    in_thread(check_late_mail_twice);
  in_thread([] { check_mail_at_end(2, 2000); });
  in_thread([] { check_mail_at_end(64, 100); });
  in_thread([] { check_turns(4, 300); });
  in_thread([] { check_turns(64, 20); });
  in_thread(check_warmth);
  in_thread(check_forks);
}
