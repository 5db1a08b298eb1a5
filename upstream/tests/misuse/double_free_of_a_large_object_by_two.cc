// snmalloc: double free of {object}: memory that was given back
// with: 40000 5000000
#include "misuse.h"
#include "snmalloc_libc.h"

#include <atomic>

void run()
{
  void* object = sn_malloc(number(0));
  show("object", object);
  std::atomic<int> waiting{2};
  auto meet_and_free = [&](bool frees) {
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
