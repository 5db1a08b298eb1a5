// snmalloc: double free of {object}: an object of 100 bytes
#include "misuse.h"
#include "snmalloc_libc.h"

#include <pthread.h>

// In a destructor of thread-specific data, when the allocator's own hook has run.
void run()
{
  static pthread_key_t key;
  EXPECT(pthread_key_create(&key, [](void* value) {
           static thread_local int rounds = 0;
           if (++rounds < 3)
           {
             EXPECT(pthread_setspecific(key, value) == 0);
             return;
           }
           void* object = sn_malloc(100);
           show("object", object);
           sn_free(object);
           if (misuse())
             sn_free(object);
         }) == 0);
  std::thread([] {
    sn_free(sn_malloc(1));
    EXPECT(pthread_setspecific(key, &key) == 0);
  }).join();
}
