// Blocks and pages of the arena: indices, reuse, segments, and what they cost.
#include "core.h"

#include <string.h>
#include <vector>

using namespace sn;

namespace
{
struct Block
{
  char* start;
  size_t granules;
  char content;
};

void check_index(void* block)
{
  uint32_t index = arena::index_of(block);
  EXPECT(index != 0);
  EXPECT(arena::at(index) == block);
  EXPECT(uintptr_t(block) % arena::granule_bytes == 0);
}

void check_random_blocks()
{
  Random random(2);
  std::vector<Block> blocks;
  for (int round = 0; round < 50000; round++)
    if (blocks.empty() || random.below(5) < 3)
    {
      size_t granules = 1 + random.below(16);
      auto* start = static_cast<char*>(arena::allocate_granules(granules));
      check_index(start);
      EXPECT(uintptr_t(start) / arena::segment_bytes == (uintptr_t(start) + granules * 64 - 1) / arena::segment_bytes);
      blocks.push_back({start, granules, char(random.next())});
      memset(start, blocks.back().content, granules * arena::granule_bytes);
    }
    else
    {
      std::swap(blocks[random.below(blocks.size())], blocks.back());
      Block block = blocks.back();
      blocks.pop_back();
      for (size_t byte = 0; byte < block.granules * arena::granule_bytes; byte++)
        EXPECT(block.start[byte] == block.content);
      arena::free_granules(block.start, block.granules);
      EXPECT(arena::allocate_granules(block.granules) == block.start); // reused by its exact size
      arena::free_granules(block.start, block.granules);
    }
  EXPECT(arena::segment_count > 1);
}

void check_several()
{
  void* blocks[10];
  for (size_t granules : {size_t(1), size_t(7), size_t(16)})
  {
    EXPECT_EQUAL(arena::allocate_several(granules, blocks, 10), 10);
    for (void* block : blocks)
    {
      check_index(block);
      memset(block, 1, granules * arena::granule_bytes);
    }
    arena::free_several(granules, blocks, 10);
    for (size_t number = 10; number-- > 0;)
      EXPECT(arena::allocate_granules(granules) == blocks[number]);
    arena::free_several(granules, blocks, 10);
  }
}

void check_pages()
{
  std::vector<char*> pages;
  for (int round = 0; round < 20; round++)
  {
    auto* start = static_cast<char*>(arena::allocate_pages(arena::segment_bytes / 2 - 5000 * size_t(round)));
    EXPECT(uintptr_t(start) % os::page_bytes() == 0);
    EXPECT(start[0] == 0 && start[100000] == 0);
    memset(start, 1, 200000);
    auto* block = static_cast<char*>(arena::allocate_granules(16));
    EXPECT(block + 16 * arena::granule_bytes <= start || block >= start + arena::segment_bytes / 2);
    check_index(block);
    pages.push_back(start);
  }
  EXPECT_EQUAL(arena::segment_count > 10, true);
}

void check_usage()
{
  size_t before = usage::held_bytes.load();
  EXPECT(arena::allocate_pages(1) != nullptr);
  EXPECT_EQUAL(usage::held_bytes.load() - before, os::page_bytes());
  before = usage::held_bytes.load();
  size_t blocks = 10 * os::page_bytes() / (15 * arena::granule_bytes);
  for (size_t block = 0; block < blocks; block++)
    arena::allocate_granules(15);
  size_t grown = usage::held_bytes.load() - before;
  EXPECT(grown >= 8 * os::page_bytes() && grown <= 11 * os::page_bytes());
}

void check_refusal()
{
  while (arena::high - arena::low >= 16 * arena::granule_bytes)
    EXPECT(arena::allocate_granules(13) != nullptr);
  faults::countdown.store(0);
  EXPECT(arena::allocate_granules(16) == nullptr);
  check_index(arena::allocate_granules(16));
  faults::countdown.store(0);
  EXPECT(arena::allocate_pages(arena::segment_bytes) == nullptr);
}
} // namespace

int main()
{
  check_random_blocks();
  check_several();
  check_pages();
  check_usage();
  check_refusal();
}
