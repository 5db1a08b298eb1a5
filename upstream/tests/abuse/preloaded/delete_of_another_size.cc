// snmalloc: free of {object}: passed size 200 and alignment {alignment}, allocated with size 100 and alignment
// {alignment}
#include "../abuse.h"

#include <new>

// What a delete through a base class without a virtual destructor does.
void run()
{
  void* object = operator new(100);
  show("object", object);
  show("alignment", size_t(16));
  operator delete(object, size_t(misuse() ? 200 : 100));
}
