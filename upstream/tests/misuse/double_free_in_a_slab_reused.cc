// snmalloc: free of {object}: inside an object of {size} bytes at {other}
// with: 16:1000 48:700 700:100
#include "misuse.h"
#include "snmalloc_libc.h"

// Another slab takes its place, and an object lies across it. What would not be seen is a stale pointer that is that of
// a new object exactly: nobody can tell these two apart.
void run()
{
  std::vector<char*> stale;
  std::thread([&] {
    stale = make_sorted(20000000 / number(0) / 4, [] { return sn_malloc(number(0)); });
    for (char* each : stale)
      sn_free(each);
  }).join();
  size_t size = number(1);
  show("size", size);
  for (size_t left = 400000000 / size; left > 0; left--)
  {
    auto* other = static_cast<char*>(sn_malloc(size));
    auto object = std::upper_bound(stale.begin(), stale.end(), other);
    if (object == stale.end() || *object >= other + size)
      continue;
    show("object", *object);
    show("other", other);
    sn_free(misuse() ? *object : other);
    return;
  }
  EXPECT(!"reused");
}
