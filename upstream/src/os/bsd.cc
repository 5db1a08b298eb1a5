// The os contract on FreeBSD, DragonFly, NetBSD and OpenBSD: sleeping on a word.
#include "os/posix.h"

#include <limits.h>
#if defined(__FreeBSD__)
#  include <sys/types.h>
#  include <sys/umtx.h>
#elif defined(__DragonFly__)
#  include <unistd.h>
#else
#  include <sys/futex.h>
#  include <sys/syscall.h>
#  include <unistd.h>
#endif

namespace sn::os
{
namespace
{
#if defined(__FreeBSD__)
void sleep_on(uint32_t* word, uint32_t value)
{
  _umtx_op(word, UMTX_OP_WAIT_UINT_PRIVATE, value, nullptr, nullptr);
}

void wake_up(uint32_t* word, int count)
{
  _umtx_op(word, UMTX_OP_WAKE_PRIVATE, u_long(count), nullptr, nullptr);
}
#elif defined(__DragonFly__)
// The kernel may miss a change of the word just before it sleeps: hence the time limit, in microseconds.
void sleep_on(uint32_t* word, uint32_t value)
{
  umtx_sleep(reinterpret_cast<const int*>(word), int(value), 10'000);
}

void wake_up(uint32_t* word, int count)
{
  umtx_wakeup(reinterpret_cast<const int*>(word), count == 1 ? 1 : 0); // 0: all
}
#elif defined(__OpenBSD__)
void sleep_on(uint32_t* word, uint32_t value)
{
  futex(word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, int(value), nullptr, nullptr);
}

void wake_up(uint32_t* word, int count)
{
  futex(word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, nullptr, nullptr);
}
#else // NetBSD, from version 10 on
void sleep_on(uint32_t* word, uint32_t value)
{
  syscall(SYS___futex, word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0, 0);
}

void wake_up(uint32_t* word, int count)
{
  syscall(SYS___futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, nullptr, nullptr, 0, 0);
}
#endif

uint32_t* address_of(std::atomic<uint32_t>& word)
{
  return reinterpret_cast<uint32_t*>(&word);
}
} // namespace

void wait(std::atomic<uint32_t>& word, uint32_t value)
{
  KeepErrno keep;
  sleep_on(address_of(word), value);
}

void wake_one(std::atomic<uint32_t>& word)
{
  KeepErrno keep;
  wake_up(address_of(word), 1);
}

void wake_all(std::atomic<uint32_t>& word)
{
  KeepErrno keep;
  wake_up(address_of(word), INT_MAX);
}
} // namespace sn::os
