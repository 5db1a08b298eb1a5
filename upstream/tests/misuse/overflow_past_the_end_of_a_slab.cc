// SIGSEGV
// with: 16 100 1000 4096 16000
#include "misuse.h"
#include "snmalloc_libc.h"

// From the last object of a slab on: the guard stands before the next object that lives.
void run()
{
  constexpr ptrdiff_t chunk = 16384;
  std::vector<char*> objects = make_sorted(4000000 / number(0), [] { return sn_malloc(number(0)); });
  size_t last = 0;
  while (objects[last + 1] - objects[last] < chunk + ptrdiff_t(number(0)))
    EXPECT(++last + 1 < objects.size());
  char* place = objects[last];
  poke(place);
  if (misuse())
    while (place < objects[last + 1])
      poke(place++);
  print("done\n");
  _exit(0); // what it wrote over would be found
}
