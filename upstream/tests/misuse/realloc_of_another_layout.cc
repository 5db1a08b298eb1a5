// snmalloc: realloc of {p}: passed size {s} and alignment {a}, allocated with size {size} and alignment {alignment}
// with: 100:8:101:8:50 100:8:99:8:200 100:8:1000:8:1001 1000:8:100:8:100 100:8:50000:8:60000
// with: 50000:8:100:8:200 50000:8:50001:8:60000 5000000:8:4999999:8:9000000 100:8:100:4:200 100:8:100:16:50
// with: 100:64:100:8:200 50000:8:50000:16:90000 50000:4096:50000:8:20000
#include "misuse.h"
#include "snmalloc.h"

void run()
{
  void* object = sn_rust_alloc(number(1), number(0));
  show("p", object);
  show("size", number(0));
  show("alignment", number(1));
  show("s", number(2));
  show("a", number(3));
  object = sn_rust_realloc(object, number(misuse() ? 3 : 1), number(misuse() ? 2 : 0), number(4));
  sn_rust_dealloc(object, number(1), number(4));
}
