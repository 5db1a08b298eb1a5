// snmalloc: double free of {object}: {what}
// with: 100:5000 100:100000 40000:100 40000:3000000
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  void* object = sn_malloc(number(0));
  show("object", object);
  print(number(0) < 30000 ? "what an object of 100 bytes\n" : "what memory that was given back\n");
  void* guard = sn_malloc(number(0)); // it cannot grow in place
  void* moved = sn_realloc(object, number(1));
  EXPECT(moved != object);
  sn_free(guard);
  if (misuse())
    sn_free(object);
  sn_free(moved);
}
