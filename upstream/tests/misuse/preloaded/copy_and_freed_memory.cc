// snmalloc: {function} {way} {place}: 10 bytes, but 90 are left of a freed object of 100 bytes at {object}
// with: memcpy:to memcpy:from memmove:to memmove:from memset:to
#include "../misuse.h"

#include <stdlib.h>

void run()
{
  auto* object = static_cast<char*>(malloc(100));
  char local[10] = "";
  char* to = word(1)[0] == 't' ? object + 10 : local;
  char* from = word(1)[0] == 't' ? local : object + 10;
  print(argument[3] == 'c' ? "function memcpy\n" : argument[3] == 'm' ? "function memmove\n" : "function memset\n");
  print(word(1)[0] == 't' ? "way to\n" : "way from\n");
  show("object", object);
  show("place", object + 10);
  if (misuse())
    free(object);
  if (argument[3] == 'c')
    memcpy(to, from, 10);
  else if (argument[3] == 'm')
    memmove(to, from, 10);
  else
    memset(to, 0, 10);
}
