// snmalloc: free of {pointer}: not the start of a live object
// with: free:malloc free:large_malloc free:strdup free:getline free:mapped free:unmapped free:data free:stack
// with: free:1 free:4096 free:0x7ffffffff000 free:0x800000000000 free:0xb400007123456780 free:0xffffffffffffffff
// with: heap:malloc heap:unmapped heap:stack heap:0xffffffffffffffff
// with: realloc_to_nothing:malloc realloc_to_nothing:stack realloc_to_nothing:0xffffffffffffffff
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
    sn_heap_dealloc(sn_heap_new(), own, 16, 100);
  else if (others::is_named(argument, "realloc_to_nothing"))
    EXPECT(sn_realloc(own, 0) == nullptr);
  else
    sn_free(own);
}
