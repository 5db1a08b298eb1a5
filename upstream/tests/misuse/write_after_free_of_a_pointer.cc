// snmalloc: write after free at {object}: in an object of {size} bytes at {object}
// with: 16 64 1000
#include "misuse.h"
#include "snmalloc_libc.h"

// What an attacker does with allocators that keep a list in freed memory: the next allocation but one is his.
void run()
{
  alignas(256) static char target[1000]; // so that no byte of its address can be the fill
  size_t size = number(0);
  auto* object = static_cast<char*>(sn_malloc(size));
  show("object", object);
  show("size", size);
  sn_free(object);
  if (misuse())
    for (size_t offset = 0; offset + sizeof(void*) <= size; offset += sizeof(void*))
      *reinterpret_cast<void* volatile*>(object + offset) = target;
  for (int round = 0; round < 100000; round++)
  {
    void* other = sn_malloc(size);
    if (other >= target && other < target + sizeof(target))
      print("steered\n");
    sn_free(other);
  }
}
