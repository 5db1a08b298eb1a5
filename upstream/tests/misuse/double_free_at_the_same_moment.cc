// snmalloc: double free of {object}: an object of {size} bytes
// with: owner:1 owner:100 owner:32000 others:1 others:100 others:32000
#include "misuse.h"
#include "snmalloc_libc.h"

#include <atomic>

// Two threads that wait for each other: the owner and another, or two others. What the owner does not see is found when
// the other's free arrives, here at exit.
void run()
{
  size_t size = number(1);
  void* object = sn_malloc(size);
  show("object", object);
  show("size", size);
  std::atomic<int> waiting{2};
  auto meet_and_free = [&](bool frees) {
    sn_free(sn_malloc(size));
    waiting--;
    while (waiting != 0)
      ;
    if (frees)
      sn_free(object);
  };
  std::thread other(meet_and_free, true);
  if (strncmp(argument, "owner", 5) == 0)
    meet_and_free(misuse());
  else
    std::thread(meet_and_free, misuse()).join();
  other.join();
  exit(0);
}
