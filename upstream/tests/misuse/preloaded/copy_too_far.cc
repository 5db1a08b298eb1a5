// snmalloc: {function} to {place}: {count} bytes, but {left} are left of an object of {size} bytes at {object}
// with: memcpy:100:0:1 memcpy:100:0:32 memcpy:100:0:1048576 memcpy:100:50:1 memcpy:16:16:1 memcpy:40000:0:1
// with: memcpy:5000000:4000000:32 memmove:100:0:1 memmove:100:50:32 memmove:100:0:1048576 memmove:40000:100:1
// with: memset:100:0:1 memset:100:50:32 memset:100:0:1048576 memset:40000:0:1
#include "../misuse.h"

#include <stdlib.h>

namespace
{
// Nothing was written.
char* watched;
void look(int)
{
  if (peek(watched) != 'B')
    print("written\n");
}
} // namespace

// function:size:offset:how many too far
void run()
{
  size_t size = number(1), offset = number(2), left = size - offset;
  auto* object = static_cast<char*>(malloc(size));
  auto* source = static_cast<char*>(calloc(size + number(3), 1));
  char* place = object + offset;
  print(argument[3] == 'c' ? "function memcpy\n" : argument[3] == 'm' ? "function memmove\n" : "function memset\n");
  show("object", object);
  show("size", size);
  show("place", place);
  show("left", left);
  show("count", left + number(3));
  watched = object + (offset < size ? offset : 0);
  poke(watched, 'B');
  signal(SIGABRT, look);
  size_t count = left + (misuse() ? number(3) : 0);
  if (argument[3] == 'c')
    memcpy(place, source, count);
  else if (argument[3] == 'm')
    memmove(place, source, count);
  else
    memset(place, 0, count);
  EXPECT(left == 0 || peek(watched) == 0);
}
