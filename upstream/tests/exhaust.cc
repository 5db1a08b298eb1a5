// A program uses up its address space, of 32 bits: null at the end of it, nothing is lost, and what is freed joins
// again.
#include "core.h"

#include <string.h>
#include <vector>

using namespace sn;

namespace
{
// Objects of that size until there are no more; the bytes that there were.
size_t use_up(std::vector<char*>& objects, size_t size)
{
  size_t before = objects.size();
  while (char* object = static_cast<char*>(sn_rust_alloc(16, size)))
  {
    object[0] = object[size - 1] = char(objects.size());
    objects.push_back(object);
  }
  return (objects.size() - before) * size;
}

void free_all(std::vector<char*>& objects, size_t first, size_t size)
{
  for (; objects.size() > first; objects.pop_back())
  {
    char* object = objects.back();
    EXPECT(object[0] == char(objects.size() - 1) && object[size - 1] == char(objects.size() - 1));
    sn_rust_dealloc(object, 16, size);
  }
}
} // namespace

int main()
{
  std::vector<char*> objects;
  objects.reserve(1 << 16);
  size_t first_total = 0;
  for (int round = 0; round < 5; round++)
  {
    size_t large = use_up(objects, 64 * config::MiB);
    size_t large_count = objects.size();
    EXPECT(large >= config::GiB);
    size_t small = use_up(objects, config::MiB);
    EXPECT(small <= large); // what the larger ones left in gaps
    size_t count = objects.size();
    char* grown = static_cast<char*>(sn_rust_realloc(objects[0], 16, 64 * config::MiB, 512 * config::MiB));
    EXPECT(grown == nullptr && objects[0][0] == 0);
    EXPECT(sn_rust_alloc(config::GiB, 1) == nullptr);
    expect_sound_space();
    if (round == 0)
      first_total = large + small;
    EXPECT(large + small >= first_total - 64 * config::MiB);
    EXPECT_EQUAL(objects.size(), count);
    free_all(objects, large_count, config::MiB);
    free_all(objects, 0, 64 * config::MiB);
    // Everything has joined: a piece as large as any is there again.
    void* half = sn_rust_alloc(16, config::GiB);
    EXPECT(half != nullptr);
    sn_rust_dealloc(half, 16, config::GiB);
  }
}
