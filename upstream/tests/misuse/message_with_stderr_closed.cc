// SIGABRT
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  void* object = sn_malloc(100);
  sn_free(object);
  close(STDERR_FILENO);
  if (misuse())
    sn_free(object);
}
