// The life of a library that carries the allocator, where libraries are ELF files: it may be loaded late, and unloaded.
#include "os/posix.h"

#include <link.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#  include "os/raw_call.h"
#endif

// Registers a thread-local destructor, in C libraries that have it.
extern "C" __attribute__((weak)) int __cxa_thread_atexit_impl(void (*function)(void*), void* argument, void* library);
extern "C" __attribute__((visibility("hidden"))) void* __dso_handle;

namespace sn::os
{
namespace
{
// Only the destructor of a key comes for sure; but a library can be unloaded between the moment when the C library has
// found that destructor and its first instruction. While a thread-local destructor is registered, it cannot. Whichever
// of the two comes first runs the hook.
void on_locals_destroyed(void*)
{
  end_thread_early();
}

// Written while the library is loaded.
bool may_be_unloaded = false;
uintptr_t first_thread = 0; // 0: another one loaded it

// Whether the allocator is in that object.
bool is_carrier(const dl_phdr_info* object)
{
  for (int number = 0; number < object->dlpi_phnum; number++)
  {
    const auto& segment = object->dlpi_phdr[number];
    if (segment.p_type == PT_LOAD && uintptr_t(&exit_key) - (object->dlpi_addr + segment.p_vaddr) < segment.p_memsz)
      return true;
  }
  return false;
}

// The main program, which stays, is the first object that the loader tells of.
[[maybe_unused]] int look_at_main_program(dl_phdr_info* program, size_t, void*)
{
  may_be_unloaded = !is_carrier(program);
  return 1; // look no further
}

struct Search
{
  bool is_first = true;
  const char* path = nullptr;
};

int look_for_carrier(dl_phdr_info* object, size_t, void* argument)
{
  auto* search = static_cast<Search*>(argument);
  bool is_program = search->is_first;
  search->is_first = false;
  if (!is_carrier(object))
    return 0;
  search->path = is_program ? nullptr : object->dlpi_name;
  return 1;
}

// The first thread of a process does not end while others unload libraries, and a library that it has used should not
// stay for ever.
bool is_first_thread()
{
#ifdef __linux__
  if (first_thread != 0)
    return this_thread() == first_thread;
  return call_system(SYS_gettid) == call_system(SYS_getpid);
#else
  return false; // costs a library that stays, and no more
#endif
}

// A library that is unloaded must leave nothing behind, while at the exit of the process other threads may still run
// and nothing is to be done. The two differ in their order: at exit the functions of atexit run before all destructors,
// at unloading between those of the default priority and that of the lowest.
bool process_exits = false;
bool unloads = false;

__attribute__((constructor(101))) void note_loading()
{
  if constexpr (!config::stays_loaded)
  {
    atexit([] { process_exits = true; });
    dl_iterate_phdr(look_at_main_program, nullptr);
  }
  if (is_first_thread())
    first_thread = this_thread();
  install_hooks();
}

__attribute__((destructor)) void note_unloading()
{
  unloads = !config::stays_loaded && !process_exits;
  end_forks(); // behind this the C library takes the handlers away
}

__attribute__((destructor(101))) void finish_unloading()
{
  if (!unloads)
  {
    hooks.process_exit();
    return;
  }
  if (exit_key_valid.exchange(0, std::memory_order_relaxed) == 0)
    return;
  pthread_key_delete(exit_key);
  forget_stderr();
  hooks.unload(false);
}
} // namespace

void keep_library()
{
  if (may_be_unloaded && __cxa_thread_atexit_impl != nullptr && !is_first_thread())
    __cxa_thread_atexit_impl(on_locals_destroyed, nullptr, &__dso_handle);
}

const char* library_path()
{
  Search search;
  dl_iterate_phdr(look_for_carrier, &search);
  return search.path;
}

bool is_main_thread()
{
  return this_thread() == first_thread;
}
} // namespace sn::os
