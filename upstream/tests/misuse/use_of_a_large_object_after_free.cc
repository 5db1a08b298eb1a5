// SIGSEGV at {place}
// with: read:40000:0 read:40000:39999 write:65536:20000 write:5000000:0 read:5000000:4999999 remote:100000:50000
// with: moved:100000:5
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  auto* object = static_cast<char*>(sn_malloc(number(1)));
  char* place = object + number(2);
  show("place", place);
  memset(object, 'S', number(1));
  void* behind = sn_malloc(number(1));
  if (argument[0] == 'm')
    EXPECT(sn_realloc(object, 20000000) != object);
  else if (strncmp(argument, "remote", 6) == 0)
    std::thread([=] { sn_free(object); }).join();
  else
    sn_free(object);
  sn_free(behind);
  if (misuse())
  {
    if (argument[0] == 'w')
      poke(place);
    else
      EXPECT(peek(place) == 'S' && !"the old contents");
  }
}
