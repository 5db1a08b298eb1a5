// snmalloc: double free of {object}: an object of 100 bytes
// with: files memory both
#include "misuse.h"
#include "snmalloc_libc.h"

#include <sys/resource.h>

namespace
{
void forbid(__rlimit_resource resource)
{
  rlimit none{0, RLIM_INFINITY};
  EXPECT(getrlimit(resource, &none) == 0);
  none.rlim_cur = 0;
  EXPECT(setrlimit(resource, &none) == 0);
}
} // namespace

// No more file descriptors, no more address space.
void run()
{
  void* object = sn_malloc(100);
  show("object", object);
  sn_free(object);
  if (argument[0] != 'm')
    forbid(RLIMIT_NOFILE);
  if (argument[0] != 'f')
    forbid(RLIMIT_AS);
  if (misuse())
    sn_free(object);
}
