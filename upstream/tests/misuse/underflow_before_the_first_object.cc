// SIGSEGV
// with: 16 100 1000 4096 16000
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  constexpr ptrdiff_t chunk = 16384;
  std::vector<char*> objects = make_sorted(4000000 / number(0), [] { return sn_malloc(number(0)); });
  size_t first = 1;
  while (objects[first] - objects[first - 1] < chunk + ptrdiff_t(number(0)))
    EXPECT(++first < objects.size());
  char* place = objects[first];
  poke(place);
  if (misuse())
    while (place > objects[first - 1] + number(0))
      poke(--place);
  print("done\n");
  _exit(0);
}
