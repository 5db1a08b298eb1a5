// Every request to the system refused in turn: the one alone, or it and all after it. Whatever is refused, a call
// returns null or works, contents stay, and once the system gives again everything works and nothing was lost.
//
//   faults one|all     SN_STEP: every so many of the requests, 1 if not set
//
// Each case runs in a process of its own, for the first use of the allocator is among what can be refused.
#include "core.h"
#include "system.h"

#include <stdlib.h>
#include <string.h>
#include <string>
#include <thread>
#include <vector>

using namespace sn;

namespace
{
constexpr size_t KiB = config::KiB;
constexpr size_t MiB = config::MiB;

struct Block
{
  char* start;
  size_t alignment;
  size_t size;
  char content;
};

void check_contents(const Block& block)
{
  for (size_t offset = 0; offset < block.size; offset += offset < 4 * KiB ? 1 : 1021)
    EXPECT(block.start[offset] == block.content);
}

// Blocks that one thread allocates and another may free.
class Blocks
{
public:
  void allocate(size_t alignment, size_t size, bool zeroed = false)
  {
    void* got = (zeroed ? sn_rust_alloc_zeroed : sn_rust_alloc)(alignment, size);
    if (got == nullptr)
      return;
    EXPECT(uintptr_t(got) % alignment == 0 && sn_rust_usable_size(got) >= size);
    Block block{static_cast<char*>(got), alignment, size, zeroed ? char(0) : ++next_content};
    if (zeroed)
      check_contents(block);
    memset(got, block.content, size);
    all.push_back(block);
  }

  void resize_last(size_t size)
  {
    if (all.empty())
      return;
    Block& block = all.back();
    void* got = sn_rust_realloc(block.start, block.alignment, block.size, size);
    if (got != nullptr)
    {
      EXPECT(uintptr_t(got) % block.alignment == 0 && sn_rust_usable_size(got) >= size);
      block.start = static_cast<char*>(got);
      size_t kept = block.size < size ? block.size : size;
      check_contents({block.start, block.alignment, kept, block.content});
      block.size = size;
      memset(got, block.content, size);
    }
    check_contents(block);
  }

  void free_some(size_t step)
  {
    std::vector<Block> left;
    for (size_t number = 0; number < all.size(); number++)
      if (number % step == 0)
        free(all[number]);
      else
        left.push_back(all[number]);
    all.swap(left);
  }

  void check() const
  {
    for (const Block& block : all)
      check_contents(block);
  }

  size_t count() const { return all.size(); }

private:
  static void free(const Block& block)
  {
    check_contents(block);
    sn_rust_dealloc(block.start, block.alignment, block.size);
  }

  std::vector<Block> all;
  char next_content = 0;
};

void use_all_kinds(Blocks& blocks)
{
  for (size_t size = 1; size <= 40 * KiB; size += 1 + size / 3)
    blocks.allocate(8, size);
  for (int number = 0; number < 600; number++)
    blocks.allocate(8, 500);
  blocks.allocate(8, 1000, true);
  blocks.allocate(4 * KiB, 100);
  blocks.allocate(2 * MiB, 100 * KiB);
  blocks.allocate(8, 300 * KiB, true);
}

void change_sizes(Blocks& blocks)
{
  blocks.allocate(8, 100);
  for (size_t size : {200 * KiB, 2 * MiB, 3 * MiB, 12 * MiB, 16 * MiB, 5 * MiB, 50 * KiB, size_t(50)})
  {
    blocks.resize_last(size);
    Blocks between; // so that nothing can grow in place
    between.allocate(8, 64 * KiB);
    between.free_some(1);
  }
  blocks.allocate(8, 2 * MiB);
  blocks.allocate(8, 3 * MiB);
  for (size_t size = 4 * MiB; size < 20 * MiB; size += 3 * MiB)
    blocks.resize_last(size);
}

void use_private_heap()
{
  sn_heap* heap = sn_heap_new();
  if (heap == nullptr)
    return;
  std::vector<char*> made;
  for (size_t size = 1; size < 200 * KiB; size *= 7)
    for (int number = 0; number < 20; number++)
    {
      void* start = sn_heap_alloc(heap, 8, size);
      if (start == nullptr)
        continue;
      memset(start, 1, size);
      void* resized = sn_heap_realloc(heap, start, 8, size, 2 * size);
      if (number % 3 != 0)
        made.push_back(static_cast<char*>(resized != nullptr ? resized : start));
      else if (resized != nullptr)
        sn_rust_dealloc(resized, 8, 2 * size);
      else
        sn_heap_dealloc(heap, start, 8, size);
    }
  for (const char* start : made)
    EXPECT(*start == 1);
  sn_heap_delete(heap);
}

void fork_once(Blocks& blocks)
{
  in_fork([&] {
    blocks.check();
    blocks.allocate(8, 100);
    blocks.allocate(8, MiB);
    blocks.free_some(1);
    check_everything();
  });
}

// From here on the next metadata needs a request to the system. Using up what there is is no case of its own.
void use_up_metadata()
{
  long countdown = faults::countdown.exchange(-1);
  for (size_t bytes : {64 * KiB, 4 * KiB})
    while (arena::high - arena::low >= 2 * bytes)
      EXPECT(arena::allocate_pages(bytes) != nullptr);
  {
    Hold hold(space::lock);
    granules.release();
  }
  for (size_t size = 16; size > 0; size--)
    while (arena::high - arena::low >= size * arena::granule_bytes || arena::free_blocks[size] != nullptr)
      EXPECT(arena::allocate_granules(size) != nullptr);
  faults::countdown.store(countdown);
}

void use_late(void* blocks)
{
  static_cast<Blocks*>(blocks)->allocate(8, 100);
  static_cast<Blocks*>(blocks)->free_some(2);
}

void work(Blocks& blocks)
{
  use_all_kinds(blocks);
  use_up_metadata();
  change_sizes(blocks);
  use_up_metadata();
  use_private_heap();
  std::thread([&] {
    call_late(&blocks);
    use_up_metadata();
    blocks.free_some(7); // without a heap, if none can be had
    use_all_kinds(blocks);
    blocks.free_some(3); // mostly another thread's
  }).join();
  blocks.free_some(2);
  blocks.check();
  fork_once(blocks);
  space::purge_all();
  use_all_kinds(blocks);
  blocks.free_some(3);
  std::thread([&] { blocks.free_some(2); }).join();
  use_up_metadata();
  sn_trim(); // holes of slabs, one after another
  blocks.check();
  use_all_kinds(blocks);
}

// Returns whether that many requests were made at all.
bool run_case(long number, bool stays)
{
  set_late_function(use_late);
  {
    Blocks blocks;
    std::thread([&] {
      faults::stays.store(stays);
      faults::countdown.store(number);
      work(blocks);
    }).join();
    bool was_refused = faults::countdown.load() <= 0;
    faults::countdown.store(-1);
    blocks.check();
    Blocks after;
    use_all_kinds(after);
    change_sizes(after);
    EXPECT(after.count() > 600);
    check_everything();
    after.free_some(1);
    blocks.free_some(1);
    retire_all_heaps();
    space::purge_all();
    EXPECT_EQUAL(check_everything().used_bytes, 0);
    EXPECT_EQUAL(space::figures().dirty_bytes, 0);
    return was_refused;
  }
}
} // namespace

int main(int count, char** arguments)
{
  EXPECT(count >= 2);
  bool stays = strcmp(arguments[1], "all") == 0;
  if (count == 3) // one case, to look at
    return !run_case(atol(arguments[2]), stays);
  const char* set = getenv("SN_STEP");
  const long step = set != nullptr ? atol(set) : 1;
  EXPECT(step > 0);
  int failures = 0;
  long number = 0;
  for (bool more = true; more; number += step)
  {
    int code = run(arguments[0], arguments[1], std::to_string(number).c_str());
    more = code != 1;
    if (code < 0)
    {
      fprintf(stderr, "failed with request %ld refused\n", number);
      failures++;
    }
  }
  printf("%ld requests\n", number - step);
  EXPECT(number > 12);
  EXPECT_EQUAL(failures, 0);
}
