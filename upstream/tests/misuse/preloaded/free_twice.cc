// snmalloc: double free of {object}: an object of {size} bytes
// with: 1 100 30000
#include "../misuse.h"

#include <stdlib.h>

void run()
{
  char* volatile object = static_cast<char*>(malloc(number(0)));
  show("object", object);
  show("size", number(0));
  free(object);
  if (misuse())
    free(object);
}
