// snmalloc: double free of an object of up to 112 bytes
#include "../misuse.h"
#include "snmalloc.h"
#include "snmalloc_libc.h"

// The owner's free and that which comes home by message: each is right by itself. The slab counts two, has one, and
// notices when it is asked for both.
void run()
{
  std::vector<char*> objects = make_sorted(100, [] { return sn_malloc(100); });
  char* object = objects[50];
  std::thread([=] { sn_free(object); }).join();
  if (misuse())
    sn_free(object);
  sn_trim(); // empties the magazine
  for (int count = 0; count < 10000; count++)
    sn_malloc(100);
}
