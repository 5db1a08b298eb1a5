// SIGSEGV at {object}
// with: read:0 read:1 read:2 read:3 read:4 read:5 write:0 write:1 write:2 write:3 write:4 write:5
#include "misuse.h"
#include "snmalloc.h"
#include "snmalloc_libc.h"

void run()
{
  void* const objects[] = {sn_malloc(0),           sn_calloc(0, 8),     sn_aligned_alloc(64, 0),
                           sn_realloc(nullptr, 0), sn_rust_alloc(8, 0), sn_rust_alloc_zeroed(8, 0)};
  auto* object = static_cast<char*>(objects[number(1)]);
  show("object", object);
  if (misuse() && argument[0] == 'r')
    peek(object);
  else if (misuse())
    poke(object);
  for (void* each : objects)
    sn_free(each);
}
