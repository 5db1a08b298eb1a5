// snmalloc: double free of {object}: an object of {size} bytes
// with: 1 100 32000
#include "abuse.h"
#include "snmalloc_libc.h"

#include <atomic>

// Both threads wait for each other, and neither has allocated the object.
void run()
{
  void* object = sn_malloc(number(0));
  show("object", object);
  show("size", number(0));
  std::atomic<int> waiting{2};
  auto meet_and_free = [&](bool frees) {
    sn_free(sn_malloc(100));
    waiting--;
    while (waiting != 0)
      ;
    if (frees)
      sn_free(object);
  };
  std::thread other(meet_and_free, true);
  meet_and_free(misuse());
  other.join();
}
