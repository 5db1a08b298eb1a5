// snmalloc: free of {object}: inside an object of {size} bytes at {other}
// with: 16:1000 100:16000 1000:48
#include "abuse.h"
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
  std::vector<char*> objects = make_sorted(10000000 / size, [=] { return sn_malloc(size); });
  for (char* object : stale)
  {
    auto after = std::upper_bound(objects.begin(), objects.end(), object);
    if (after == objects.begin() || object == after[-1] || object >= after[-1] + size)
      continue;
    show("object", object);
    show("other", after[-1]);
    if (misuse())
      sn_free(object);
    return;
  }
  CHECK(!"reused");
}
