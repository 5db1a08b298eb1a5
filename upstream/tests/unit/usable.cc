// sn_rust_usable_size() of memory that others allocate, resize and free meanwhile; under the thread sanitizer, too.
#include "core.h"
#include "random.h"

#include <thread>
#include <vector>

using namespace sn;

namespace
{
constexpr size_t sizes[] = {1, 40, 100, 1000, 9000, 32768, 40'000, config::MiB};
constexpr size_t size_count = sizeof(sizes) / sizeof(sizes[0]);

std::atomic<uintptr_t> noted[64];
std::atomic<bool> is_over{false};

struct Block
{
  void* start;
  size_t size;
};

void note(Random& random, const void* object)
{
  noted[random.below(64)].store(uintptr_t(object), std::memory_order_relaxed);
}

// Allocates and frees in turns, in heaps of both kinds, and makes large objects larger.
void churn(uint64_t seed, bool is_private)
{
  Random random(seed);
  while (!is_over.load(std::memory_order_relaxed))
  {
    sn_heap* heap = is_private ? sn_heap_new() : nullptr;
    std::vector<Block> blocks;
    size_t size = sizes[random.below(size_count)];
    for (size_t count = random.below(config::MiB / size + 5); count > 0; count--)
    {
      void* object = is_private ? sn_heap_alloc(heap, 1, size) : sn_rust_alloc(1, size);
      EXPECT(object != nullptr && sn_rust_usable_size(object) >= size && sn_rust_live_size(object) >= size);
      blocks.push_back({object, size});
      if (count < 8)
        note(random, object);
    }
    if (!blocks.empty() && size > config::small_max_bytes)
    {
      Block& block = blocks[random.below(blocks.size())];
      size_t new_size = 2 * size;
      block.start = is_private ? sn_heap_realloc(heap, block.start, 1, size, new_size)
                               : sn_rust_realloc(block.start, 1, size, new_size);
      block.size = new_size;
      note(random, block.start);
    }
    if (is_private)
      sn_heap_delete(heap);
    else
      for (const Block& block : blocks)
        sn_rust_dealloc(block.start, 1, block.size);
  }
}

// The answers are sizes that objects have.
void check_answer(size_t usable)
{
  bool is_known = usable == 0;
  for (size_t size : sizes)
    for (size_t known : {size, 2 * size})
      if constexpr (config::checks)
        is_known |= usable == known;
      else if (is_small(last_offset(1, known)))
        is_known |= usable == class_bytes(class_of(last_offset(1, known)));
      else
        is_known |= usable >= known && usable - known < config::chunk_bytes;
  EXPECT(is_known);
}
} // namespace

int main()
{
  uint64_t rounds = setting("SN_SECONDS", 2) * 20'000;
  std::thread own(churn, 1, false);
  std::thread others(churn, 2, false);
  std::thread private_ones(churn, 3, true);
  for (; rounds > 0; rounds--)
    for (const std::atomic<uintptr_t>& address : noted)
      check_answer(sn_rust_usable_size(reinterpret_cast<const void*>(address.load(std::memory_order_relaxed))));
  is_over.store(true, std::memory_order_relaxed);
  own.join();
  others.join();
  private_ones.join();
}
