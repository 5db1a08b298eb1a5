// SIGSEGV at {guard}
// with: 40000 65536 100000 1048576 5000001
#include "misuse.h"
#include "snmalloc_libc.h"

// It faults at the first page behind; what comes before it is found by overflow_in_the_last_page.
void run()
{
  size_t page = size_t(sysconf(_SC_PAGESIZE));
  size_t bytes = (number(0) + page - 1) / page * page;
  auto* object = static_cast<char*>(sn_malloc(number(0)));
  show("guard", object + bytes);
  poke(object + number(0) - 1);
  if (misuse())
    poke(object + bytes);
}
