// snmalloc: realloc of {pointer}: not the start of a live object
#include "c_library.h"

void run()
{
  void* own = malloc(100);
  void* pointer = __libc_malloc(100);
  show("pointer", pointer);
  free(realloc(misuse() ? pointer : own, 1000));
}
