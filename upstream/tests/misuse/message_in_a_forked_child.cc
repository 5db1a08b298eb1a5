// snmalloc: double free of {object}: an object of 100 bytes
#include "misuse.h"
#include "snmalloc_libc.h"

#include <atomic>
#include <sys/wait.h>

// The object came from the parent, other threads of which were busy.
void run()
{
  void* object = sn_malloc(100);
  show("object", object);
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop)
      sn_free(sn_malloc(100));
  });
  pid_t child = fork();
  if (child == 0)
  {
    sn_free(object);
    if (misuse())
      sn_free(object);
    _exit(0);
  }
  int status;
  EXPECT(waitpid(child, &status, 0) == child);
  stop = true;
  other.join();
  if (WIFSIGNALED(status))
    raise(WTERMSIG(status));
}
