// snmalloc: free of {object}: passed size {s} and alignment {a}, allocated with size {size} and alignment {alignment}
// with: 100:8:101:8 100:8:99:8 100:8:1000:8 1000:8:100:8 100:8:50000:8 50000:8:100:8 50000:8:50001:8
// with: 5000000:8:4999999:8 100:8:100:4 100:8:100:1 100:8:100:16 100:64:100:8 100:8:100:4096 50000:8:50000:16
// with: 50000:4096:50000:8 0:1:1:1
#include "misuse.h"
#include "snmalloc.h"

void run()
{
  void* object = sn_rust_alloc(number(1), number(0));
  show("object", object);
  show("size", number(0));
  show("alignment", number(1));
  show("s", number(2));
  show("a", number(3));
  sn_rust_dealloc(object, number(misuse() ? 3 : 1), number(misuse() ? 2 : 0));
}
