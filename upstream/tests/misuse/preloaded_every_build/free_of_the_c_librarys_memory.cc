// snmalloc: free of {pointer}: not the start of a live object
// with: free cfree free_sized free_aligned_sized realloc_to_nothing delete delete_array delete_sized delete_aligned
#include "c_library.h"

#include <new>

void run()
{
  void* own = malloc(100);
  void* pointer = __libc_malloc(100);
  show("pointer", pointer);
  if (misuse())
    own = pointer;
  if (strcmp(argument, "realloc_to_nothing") == 0)
    own = realloc(own, 0);
  else if (strcmp(argument, "delete") == 0)
    operator delete(own);
  else if (strcmp(argument, "delete_array") == 0)
    operator delete[](own);
  else if (strcmp(argument, "delete_sized") == 0)
    operator delete(own, size_t(100));
  else if (strcmp(argument, "delete_aligned") == 0)
    operator delete(own, size_t(100), std::align_val_t(16));
  else
    find<void(void*, size_t, size_t)>(argument)(own, strcmp(argument, "free_sized") == 0 ? 100 : 16, 100);
}
