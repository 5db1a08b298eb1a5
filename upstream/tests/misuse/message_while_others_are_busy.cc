// snmalloc: double free of {object}: an object of 100 bytes
#include "misuse.h"
#include "snmalloc_libc.h"

#include <atomic>

// One line, also where all threads of the process are in the allocator.
void run()
{
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int count = 0; count < 4; count++)
    threads.emplace_back([&] {
      while (!stop)
        for (char* object : make_sorted(100, [] { return sn_malloc(5000); }))
          sn_free(object);
    });
  usleep(3000);
  void* object = sn_malloc(100);
  show("object", object);
  sn_free(object);
  if (misuse())
    sn_free(object);
  stop = true;
  for (std::thread& thread : threads)
    thread.join();
}
