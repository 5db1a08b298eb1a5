// snmalloc: realloc of {pointer}: not the start of a live object
// with: realloc:malloc realloc:large_malloc realloc:getline realloc:mapped realloc:unmapped realloc:data realloc:stack
// with: realloc:1 realloc:4096 realloc:0x7ffffffff000 realloc:0x800000000000 realloc:0xffffffffffffffff
// with: reallocarray:malloc reallocarray:0xffffffffffffffff
// with: heap:malloc heap:unmapped heap:stack heap:0xffffffffffffffff rust:malloc rust:unmapped rust:0xffffffffffffffff
#include "others.h"
#include "snmalloc.h"
#include "snmalloc_libc.h"

void run()
{
  alignas(16) char local[100];
  void* own = sn_malloc(100);
  void* pointer = others::find(word(1), local);
  show("pointer", pointer);
  if (misuse())
    own = pointer;
  if (others::is_named(argument, "heap"))
    own = sn_heap_realloc(sn_heap_new(), own, 16, 100, 1000);
  else if (others::is_named(argument, "rust"))
    own = sn_rust_realloc(own, 16, 100, 1000);
  else if (others::is_named(argument, "reallocarray"))
    own = sn_reallocarray(own, 10, 100);
  else
    own = sn_realloc(own, 1000);
  sn_free(own);
}
