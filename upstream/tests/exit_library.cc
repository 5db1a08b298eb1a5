// The library of exit.cc: it carries the allocator, and allocates when the process exits.
#include "core.h"

#include <thread>

namespace
{
void allocate_and_free(uint64_t seed, int times)
{
  Random random(seed);
  for (int number = 0; number < times; number++)
  {
    size_t size = size_t(1) << random.below(20);
    sn_rust_dealloc(sn_rust_alloc(8, size), 8, size);
  }
}

void NTAPI on_exit(void*, DWORD event, void*)
{
  if (event == DLL_PROCESS_DETACH)
    allocate_and_free(1, 10000);
}
extern "C" __attribute__((section(".CRT$XLYX"), used)) const PIMAGE_TLS_CALLBACK exit_callback = on_exit;
} // namespace

extern "C" __declspec(dllexport) void start_threads()
{
  for (uint64_t seed = 2; seed < 6; seed++)
    std::thread([seed] { allocate_and_free(seed, 1 << 30); }).detach();
}
