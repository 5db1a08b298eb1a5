// snmalloc: free of {object}: passed size 200, allocated with size 100
#include "../misuse.h"

#include <new>

// What a delete through a base class without a virtual destructor does.
void run()
{
  void* object = operator new(100);
  show("object", object);
  operator delete(object, size_t(misuse() ? 200 : 100));
}
