// The shadow test where advice to the system succeeds and does nothing, as under some versions of user-mode QEMU.
#include <sys/mman.h>
#define madvise(start, bytes, advice) (0)
#include "shadow.cc"
