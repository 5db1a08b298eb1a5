// The os contract on macOS and iOS: sleeping on a word, and the life of a library.
//
// A thread's first use of a thread-local variable allocates from the system's malloc, which is never this allocator
// here: so it cannot recurse.
#include "os/posix.h"

#include <dlfcn.h>
#include <mach-o/loader.h>

namespace sn::os
{
namespace
{
// Public functions of macOS 14.4 and iOS 17.4. Older systems have none that the App Store allows.
using WaitOnAddress = int (*)(void* address, uint64_t value, size_t bytes, uint32_t flags);
using WakeByAddress = int (*)(void* address, size_t bytes, uint32_t flags);

// Written while the library is loaded.
WaitOnAddress wait_on_address = nullptr;
WakeByAddress wake_by_address_any = nullptr;
WakeByAddress wake_by_address_all = nullptr;

// Not at the first use: the loader's lock must not be taken while ours are held.
__attribute__((constructor)) void note_loading()
{
  auto find = [](const char* name) { return dlsym(RTLD_DEFAULT, name); };
  wake_by_address_any = reinterpret_cast<WakeByAddress>(find("os_sync_wake_by_address_any"));
  wake_by_address_all = reinterpret_cast<WakeByAddress>(find("os_sync_wake_by_address_all"));
  if (wake_by_address_any != nullptr && wake_by_address_all != nullptr)
    wait_on_address = reinterpret_cast<WaitOnAddress>(find("os_sync_wait_on_address"));
  install_hooks();
}

__attribute__((destructor)) void note_exit()
{
  hooks.process_exit();
}
} // namespace

void wait(std::atomic<uint32_t>& word, uint32_t value)
{
  KeepErrno keep;
  if (wait_on_address == nullptr)
    nap();
  else
    wait_on_address(&word, value, sizeof(word), 0);
}

void wake_one(std::atomic<uint32_t>& word)
{
  KeepErrno keep;
  if (wake_by_address_any != nullptr)
    wake_by_address_any(&word, sizeof(word), 0);
}

void wake_all(std::atomic<uint32_t>& word)
{
  KeepErrno keep;
  if (wake_by_address_all != nullptr)
    wake_by_address_all(&word, sizeof(word), 0);
}

// The loader never unloads a library that has thread-local variables.
void keep_library() {}

const char* library_path()
{
  Dl_info info;
  bool is_known = dladdr(&exit_key, &info) != 0;
  return is_known && static_cast<const mach_header*>(info.dli_fbase)->filetype != MH_EXECUTE ? info.dli_fname : nullptr;
}

// Not asked: the idle thread ends by itself here.
bool is_main_thread()
{
  return false;
}
} // namespace sn::os
