// The os contract where there is no operating system: memory is what the program gave (os::give), one thread at a time
// is in the allocator, and nothing ever goes back.
#include "os/os.h"

#include "base/bits.h"

namespace sn::os
{
namespace
{
// What is left for metadata of a fixed size: pages of it are reserved once, and never released.
uintptr_t given_start = 0;
uintptr_t given_end = 0;
} // namespace

void give(void* start, size_t bytes)
{
  given_start = uintptr_t(start);
  given_end = given_start + bytes;
}

size_t page_bytes()
{
  return 4 * config::KiB;
}

void* reserve(size_t bytes, size_t alignment)
{
  uintptr_t start = align_up(given_start, alignment);
  if (start > given_end || given_end - start < bytes)
    return nullptr;
  given_start = start + bytes;
  return reinterpret_cast<void*>(start);
}

bool commit(void*, size_t)
{
  return true;
}

bool release(void*, size_t)
{
  return false;
}

bool purge(void*, size_t, bool)
{
  return false;
}

bool clear(void*, size_t)
{
  return false;
}

bool protect(void*, size_t, bool)
{
  return false;
}

Move move_pages(void*, size_t, void*, size_t)
{
  return Move::refused;
}

uintptr_t this_thread()
{
  return 2;
}

size_t environment(const char*, char*, size_t)
{
  return 0;
}

void read_options() {} // the defaults

void write_error(const char*, size_t) {}

uint64_t entropy()
{
  return 0; // only checks want it, and they want a system, too
}

uint64_t now_ms()
{
  return 0;
}

// Nobody else is there to change the word.
void wait(std::atomic<uint32_t>&, uint32_t)
{
  die("");
}

void wait_briefly(std::atomic<uint32_t>&, uint32_t)
{
  die("");
}

void wait_for_ms(std::atomic<uint32_t>&, uint32_t, uint32_t)
{
  die("");
}

void wake_one(std::atomic<uint32_t>&) {}
void wake_all(std::atomic<uint32_t>&) {}

void start() {}
void install_hooks() {}

bool arm_thread_exit()
{
  return true;
}

void* thread_word()
{
  return nullptr;
}

bool set_thread_word(void*)
{
  return false;
}

void die(const char*)
{
  __builtin_trap();
}
} // namespace sn::os
