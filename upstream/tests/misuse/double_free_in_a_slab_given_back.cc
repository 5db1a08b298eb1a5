// snmalloc: double free of {object}: memory that was given back
// with: 16 100 4000
#include "misuse.h"
#include "snmalloc_libc.h"

// A thread's end gives all its slabs back.
void run()
{
  void* object = nullptr;
  std::thread([&] {
    std::vector<char*> objects = make_sorted(3000, [] { return sn_malloc(number(0)); });
    object = objects[1500];
    for (char* each : objects)
      sn_free(each);
  }).join();
  show("object", object);
  if (misuse())
    sn_free(object);
}
