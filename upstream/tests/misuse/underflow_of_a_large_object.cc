// SIGSEGV at {guard}
// with: 40000 65536 5000000
#include "misuse.h"
#include "snmalloc_libc.h"

// Of the first and of those behind others.
void run()
{
  char* object = nullptr;
  for (int count = 0; count < 10; count++)
  {
    object = static_cast<char*>(sn_malloc(number(0)));
    show("guard", object - 1);
    poke(object);
    if (misuse() && count == 9)
      poke(object - 1);
  }
}
