// snmalloc: double free of {object}: an object of {size} bytes
// with: 16 48 100 1000 8000
#include "misuse.h"
#include "snmalloc_libc.h"

// Enough are freed between to push it out of any quarantine; enough stay to keep its slab.
void run()
{
  size_t size = number(0);
  std::vector<char*> objects = make_sorted(4000, [=] { return sn_malloc(size); });
  show("object", objects[1001]);
  show("size", size);
  sn_free(objects[1001]);
  for (size_t index = 1; index < objects.size(); index += 2)
    if (index != 1001)
      sn_free(objects[index]);
  if (misuse())
    sn_free(objects[1001]);
}
