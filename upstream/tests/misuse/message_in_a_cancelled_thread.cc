// snmalloc: double free of {object}: an object of 100 bytes
#include "misuse.h"
#include "snmalloc_libc.h"

// Writing is where a cancelled thread ends.
void run()
{
  void* object = sn_malloc(100);
  show("object", object);
  sn_free(object);
  std::thread([=] {
    int before;
    EXPECT(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before) == 0);
    if (misuse())
    {
      EXPECT(pthread_cancel(pthread_self()) == 0);
      sn_free(object);
    }
  }).join();
}
