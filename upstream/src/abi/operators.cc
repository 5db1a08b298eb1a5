// C++'s operator new and delete, under the names that the compiler gives them on 64-bit ELF systems.
//
// Neither the shim nor the core has a C++ runtime of its own, since most programs have none. When memory is refused,
// the program's runtime is asked: it knows the new-handler, and it throws.
#include "abi/cxx_runtime.h"
#include "abi/posix.h"

static_assert(sizeof(size_t) == sizeof(unsigned long), "the names say m, unsigned long");

namespace
{
// Until there is memory, the handler is asked to make some; it may throw instead.
SN_COLD void* new_slow(size_t alignment, size_t size)
{
  for (;;)
  {
    if (void* object = sn::allocate_slow(alignment, size))
      return object;
    auto* handler = sn::cxx_runtime::new_handler();
    if (handler == nullptr)
      sn::cxx_runtime::throw_bad_alloc();
    handler();
  }
}

SN_INLINE void* new_object(size_t alignment, size_t size)
{
  void* object = sn::allocate_fast(alignment, size);
  return SN_LIKELY(object != nullptr) ? object : new_slow(alignment, size);
}
} // namespace

// Each form stands with its twin for arrays: new is _Znw and new[] _Zna, delete _Zdl and delete[] _Zda.
extern "C" {
SN_OPERATOR void* SN_SHIM_NAME(_Znwm)(size_t size)
{
  return new_object(sn::unsaid_alignment, size);
}

SN_OPERATOR void* SN_SHIM_NAME(_Znam)(size_t size)
{
  return new_object(sn::unsaid_alignment, size);
}

SN_OPERATOR void* SN_SHIM_NAME(_ZnwmSt11align_val_t)(size_t size, size_t alignment)
{
  return new_object(alignment, size);
}

SN_OPERATOR void* SN_SHIM_NAME(_ZnamSt11align_val_t)(size_t size, size_t alignment)
{
  return new_object(alignment, size);
}

SN_OPERATOR void SN_SHIM_NAME(_ZdlPv)(void* ptr) noexcept
{
  sn::posix::free(ptr);
}

SN_OPERATOR void SN_SHIM_NAME(_ZdaPv)(void* ptr) noexcept
{
  sn::posix::free(ptr);
}

SN_OPERATOR void SN_SHIM_NAME(_ZdlPvm)(void* ptr, size_t size) noexcept
{
  sn::posix::free(ptr, {sn::Layout::unsaid, size});
}

SN_OPERATOR void SN_SHIM_NAME(_ZdaPvm)(void* ptr, size_t size) noexcept
{
  sn::posix::free(ptr, {sn::Layout::unsaid, size});
}

SN_OPERATOR void SN_SHIM_NAME(_ZdlPvSt11align_val_t)(void* ptr, size_t alignment) noexcept
{
  sn::posix::free(ptr, {alignment, sn::Layout::unsaid});
}

SN_OPERATOR void SN_SHIM_NAME(_ZdaPvSt11align_val_t)(void* ptr, size_t alignment) noexcept
{
  sn::posix::free(ptr, {alignment, sn::Layout::unsaid});
}

SN_OPERATOR void SN_SHIM_NAME(_ZdlPvmSt11align_val_t)(void* ptr, size_t size, size_t alignment) noexcept
{
  sn::posix::free(ptr, {alignment, size});
}

SN_OPERATOR void SN_SHIM_NAME(_ZdaPvmSt11align_val_t)(void* ptr, size_t size, size_t alignment) noexcept
{
  sn::posix::free(ptr, {alignment, size});
}

SN_OPERATOR void SN_SHIM_NAME(_ZdlPvRKSt9nothrow_t)(void* ptr, const char&) noexcept
{
  sn::posix::free(ptr);
}

SN_OPERATOR void SN_SHIM_NAME(_ZdaPvRKSt9nothrow_t)(void* ptr, const char&) noexcept
{
  sn::posix::free(ptr);
}

SN_OPERATOR void SN_SHIM_NAME(_ZdlPvSt11align_val_tRKSt9nothrow_t)(void* ptr, size_t alignment, const char&) noexcept
{
  sn::posix::free(ptr, {alignment, sn::Layout::unsaid});
}

SN_OPERATOR void SN_SHIM_NAME(_ZdaPvSt11align_val_tRKSt9nothrow_t)(void* ptr, size_t alignment, const char&) noexcept
{
  sn::posix::free(ptr, {alignment, sn::Layout::unsaid});
}
}
