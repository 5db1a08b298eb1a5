// exit 0
// with: 16 24 100 1000 30000
#include "../misuse.h"
#include "snmalloc.h"
#include "snmalloc_libc.h"

namespace
{
constexpr size_t count = 500;
char* target[2] = {nullptr, nullptr}; // what the written words point to

void write_over(char* object, size_t size)
{
  for (size_t offset = 0; offset + sizeof(void*) <= size; offset += sizeof(void*))
  {
    void* lure = target;
    memcpy(object + offset, &lure, sizeof(lure));
  }
}

// No two overlap, and none is the lure.
void check_apart(std::vector<char*> objects, size_t size)
{
  std::sort(objects.begin(), objects.end());
  for (size_t index = 0; index < objects.size(); index++)
  {
    EXPECT(index == 0 || objects[index] - objects[index - 1] >= ptrdiff_t(size));
    EXPECT(sn_malloc_usable_size(objects[index]) >= size);
    memset(objects[index], 1, size);
  }
  EXPECT(target[0] == nullptr && target[1] == nullptr);
}
} // namespace

// The freed objects lie in magazines, in slabs, in a batch to another thread, and on their way home.
void run()
{
  size_t size = number(0);
  std::vector<char*> objects = make_sorted(count, [=] { return sn_malloc(size); });
  std::thread([&] {
    for (size_t index = 0; index < count / 2; index++)
    {
      sn_free(objects[index]);
      write_over(objects[index], size);
    }
  }).join();
  for (size_t index = count / 2; index < count; index++)
  {
    sn_free(objects[index]);
    write_over(objects[index], size);
  }
  check_apart(make_sorted(3 * count, [=] { return sn_malloc(size); }), size);
  check_apart(make_sorted(count, [=] { return sn_malloc(size + 8); }), size + 8);
  sn_trim();
}
