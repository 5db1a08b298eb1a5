// snmalloc: double free of {object}: an object of 100 bytes
#include "misuse.h"
#include "snmalloc_libc.h"

namespace
{
void* object;
alignas(16) char small_stack[16384];

void handle(int)
{
  if (misuse())
    sn_free(object);
}
} // namespace

// On a small stack of its own.
void run()
{
  std::thread([] {
    stack_t stack{};
    stack.ss_sp = small_stack;
    stack.ss_size = sizeof(small_stack);
    struct sigaction action{};
    action.sa_handler = handle;
    action.sa_flags = SA_ONSTACK;
    EXPECT(sigaltstack(&stack, nullptr) == 0 && sigaction(SIGUSR1, &action, nullptr) == 0);
    object = sn_malloc(100);
    show("object", object);
    sn_free(object);
    raise(SIGUSR1);
  }).join();
}
