// snmalloc: free of {object}: passed size {old_size} and alignment 8, allocated with size {size} and alignment 8
// with: 100:101 100:99 100:5000 5000:100 100000:100001 100000:90000 100000:3000000 3000000:100000 100:100000
#include "misuse.h"
#include "snmalloc.h"

void run()
{
  void* object = sn_rust_realloc(sn_rust_alloc(8, number(0)), 8, number(0), number(1));
  show("object", object);
  show("old_size", number(0));
  show("size", number(1));
  sn_rust_dealloc(object, 8, number(misuse() ? 0 : 1));
}
