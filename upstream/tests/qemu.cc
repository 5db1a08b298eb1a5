// The shadow test where advice to the system succeeds and does nothing, as under some versions of user-mode QEMU.
#include <sys/mman.h>

static int advise_nothing(void*, size_t)
{
  return 0;
}

#define madvise(start, bytes, advice) advise_nothing(start, bytes)
#include "shadow.cc"
