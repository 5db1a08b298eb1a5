// snmalloc: {function} to {place}: 50 bytes, but 0 are left of an object of {size} bytes at {object}
// with: memcpy:100 memmove:1000 memset:64 memset:4096
#include "../misuse.h"

#include <stdlib.h>

// The byte before an object belongs to the one before it, behind its end.
void run()
{
  size_t size = number(1);
  Neighbours pair = find_neighbours(make_sorted(3000, [=] { return malloc(size); }));
  char* place = pair.right - (misuse() ? 1 : 0);
  print(argument[3] == 'c' ? "function memcpy\n" : argument[3] == 'm' ? "function memmove\n" : "function memset\n");
  show("object", pair.left);
  show("size", size);
  show("place", place);
  char source[50] = "";
  if (argument[3] == 'c')
    memcpy(place, source, 50);
  else if (argument[3] == 'm')
    memmove(place, source, 50);
  else
    memset(place, 0, 50);
}
