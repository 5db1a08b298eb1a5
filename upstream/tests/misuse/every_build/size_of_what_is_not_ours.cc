// exit 0
// with: malloc large_malloc strdup getline mapped unmapped data stack
// with: 0 1 4096 0x7ffffffff000 0x800000000000 0xb400007123456780 0xffffffffffffffff
#include "others.h"
#include "snmalloc.h"
#include "snmalloc_libc.h"

void run()
{
  alignas(16) char local[100];
  sn_free(sn_malloc(100));
  void* pointer = others::find(argument, local);
  EXPECT(sn_malloc_usable_size(pointer) == 0 && sn_rust_usable_size(pointer) == 0);
}
