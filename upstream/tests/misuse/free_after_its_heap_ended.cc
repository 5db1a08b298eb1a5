// snmalloc: double free of {object}: memory that was given back
// with: 16 100 4000 40000 5000000
#include "misuse.h"
#include "snmalloc.h"

// What a private heap has ends with it.
void run()
{
  sn_heap* heap = sn_heap_new();
  void* object = sn_heap_alloc(heap, 1, number(0));
  show("object", object);
  if (!misuse())
    sn_rust_dealloc(object, 1, number(0));
  sn_heap_delete(heap);
  if (misuse())
    sn_rust_dealloc(object, 1, number(0));
}
