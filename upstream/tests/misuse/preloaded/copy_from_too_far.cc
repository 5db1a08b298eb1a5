// snmalloc: {function} from {place}: {count} bytes, but {left} are left of an object of {size} bytes at {object}
// with: memcpy:100:0:1 memcpy:100:50:32 memcpy:100:0:1048576 memcpy:40000:0:1 memmove:100:0:1 memmove:100:99:32
// with: memmove:5000000:0:1048576
#include "../misuse.h"

#include <stdlib.h>

// What leaks secrets when it is sent out.
void run()
{
  static char target[8000000];
  size_t size = number(1), offset = number(2), left = size - offset;
  auto* object = static_cast<char*>(malloc(size));
  memset(object, 'B', size);
  print(argument[3] == 'c' ? "function memcpy\n" : "function memmove\n");
  show("object", object);
  show("size", size);
  show("place", object + offset);
  show("left", left);
  show("count", left + number(3));
  size_t count = left + (misuse() ? number(3) : 0);
  if (argument[3] == 'c')
    memcpy(target, object + offset, count);
  else
    memmove(target, object + offset, count);
  EXPECT(target[0] == 'B' && target[left - 1] == 'B' && target[left] == 0);
}
