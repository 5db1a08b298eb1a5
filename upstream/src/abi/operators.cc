// C++'s operator new and delete for the shim, under the names that the compiler gives them on 64-bit ELF systems.
//
// The shim has no C++ runtime of its own, since most programs have none. When memory is refused, the program's runtime
// is looked for: it knows the new-handler, and it throws.
#include "abi/posix.h"

#include <dlfcn.h>
#include <initializer_list>

static_assert(sizeof(size_t) == sizeof(unsigned long), "the names say m, unsigned long");

namespace
{
// Any address does: nobody looks at what std::nothrow_t& refers to.
const char nothrow = 0;

// A function of the program's C++ runtime, or null. A plugin may have brought the runtime where a search of the global
// names does not find it. The shim's own function of that name is not found by either way.
template<typename Function>
Function* find_in_runtime(const char* name)
{
  for (const char* library : {"libstdc++.so.6", "libc++.so.1"})
    if (void* runtime = dlopen(library, RTLD_LAZY | RTLD_NOLOAD))
    {
      void* function = dlsym(runtime, name);
      dlclose(runtime);
      if (function != nullptr)
        return reinterpret_cast<Function*>(function);
    }
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

using Handler = void();

Handler* new_handler()
{
  auto* get = find_in_runtime<Handler*()>("_ZSt15get_new_handlerv");
  return get == nullptr ? nullptr : get();
}

[[noreturn]] void throw_bad_alloc()
{
  if (auto* thrower = find_in_runtime<void()>("_ZSt17__throw_bad_allocv"))
    thrower();
  sn::os::die("snmalloc: out of memory, and no C++ runtime to throw std::bad_alloc");
}

// Until there is memory, the handler is asked to make some; it may throw instead.
SN_COLD void* new_slow(size_t alignment, size_t size)
{
  for (;;)
  {
    if (void* object = sn::allocate_slow(alignment, size))
      return object;
    Handler* handler = new_handler();
    if (handler == nullptr)
      throw_bad_alloc();
    handler();
  }
}

// What the handler throws must not leave. The runtime's own nothrow form calls the throwing form, which is the shim's,
// and catches.
SN_COLD void* new_nothrow_slow(size_t size)
{
  if (new_handler() == nullptr)
    return nullptr;
  auto* catching = find_in_runtime<void*(size_t, const char&)>("_ZnwmRKSt9nothrow_t");
  return catching == nullptr ? nullptr : catching(size, nothrow);
}

SN_COLD void* new_aligned_nothrow_slow(size_t size, size_t alignment)
{
  if (new_handler() == nullptr)
    return nullptr;
  auto* catching = find_in_runtime<void*(size_t, size_t, const char&)>("_ZnwmSt11align_val_tRKSt9nothrow_t");
  return catching == nullptr ? nullptr : catching(size, alignment, nothrow);
}

SN_INLINE void* new_object(size_t alignment, size_t size)
{
  void* object = sn::allocate_fast(alignment, size);
  return SN_LIKELY(object != nullptr) ? object : new_slow(alignment, size);
}
} // namespace

// Each form stands with its twin for arrays: new is _Znw and new[] _Zna, delete _Zdl and delete[] _Zda.
extern "C" {
SN_EXPORT void* SN_SHIM_NAME(_Znwm)(size_t size)
{
  return new_object(sn::unsaid_alignment, size);
}

SN_EXPORT void* SN_SHIM_NAME(_Znam)(size_t size)
{
  return new_object(sn::unsaid_alignment, size);
}

SN_EXPORT void* SN_SHIM_NAME(_ZnwmSt11align_val_t)(size_t size, size_t alignment)
{
  return new_object(alignment, size);
}

SN_EXPORT void* SN_SHIM_NAME(_ZnamSt11align_val_t)(size_t size, size_t alignment)
{
  return new_object(alignment, size);
}

SN_EXPORT void* SN_SHIM_NAME(_ZnwmRKSt9nothrow_t)(size_t size, const char&) noexcept
{
  void* object = sn::allocate(sn::unsaid_alignment, size);
  return SN_LIKELY(object != nullptr) ? object : new_nothrow_slow(size);
}

SN_EXPORT void* SN_SHIM_NAME(_ZnamRKSt9nothrow_t)(size_t size, const char&) noexcept
{
  void* object = sn::allocate(sn::unsaid_alignment, size);
  return SN_LIKELY(object != nullptr) ? object : new_nothrow_slow(size);
}

SN_EXPORT void* SN_SHIM_NAME(_ZnwmSt11align_val_tRKSt9nothrow_t)(size_t size, size_t alignment, const char&) noexcept
{
  void* object = sn::allocate(alignment, size);
  return SN_LIKELY(object != nullptr) ? object : new_aligned_nothrow_slow(size, alignment);
}

SN_EXPORT void* SN_SHIM_NAME(_ZnamSt11align_val_tRKSt9nothrow_t)(size_t size, size_t alignment, const char&) noexcept
{
  void* object = sn::allocate(alignment, size);
  return SN_LIKELY(object != nullptr) ? object : new_aligned_nothrow_slow(size, alignment);
}

SN_EXPORT void SN_SHIM_NAME(_ZdlPv)(void* ptr) noexcept
{
  sn::posix::free(ptr);
}

SN_EXPORT void SN_SHIM_NAME(_ZdaPv)(void* ptr) noexcept
{
  sn::posix::free(ptr);
}

SN_EXPORT void SN_SHIM_NAME(_ZdlPvm)(void* ptr, size_t size) noexcept
{
  sn::posix::free(ptr, {sn::Layout::unsaid, size});
}

SN_EXPORT void SN_SHIM_NAME(_ZdaPvm)(void* ptr, size_t size) noexcept
{
  sn::posix::free(ptr, {sn::Layout::unsaid, size});
}

SN_EXPORT void SN_SHIM_NAME(_ZdlPvSt11align_val_t)(void* ptr, size_t alignment) noexcept
{
  sn::posix::free(ptr, {alignment, sn::Layout::unsaid});
}

SN_EXPORT void SN_SHIM_NAME(_ZdaPvSt11align_val_t)(void* ptr, size_t alignment) noexcept
{
  sn::posix::free(ptr, {alignment, sn::Layout::unsaid});
}

SN_EXPORT void SN_SHIM_NAME(_ZdlPvmSt11align_val_t)(void* ptr, size_t size, size_t alignment) noexcept
{
  sn::posix::free(ptr, {alignment, size});
}

SN_EXPORT void SN_SHIM_NAME(_ZdaPvmSt11align_val_t)(void* ptr, size_t size, size_t alignment) noexcept
{
  sn::posix::free(ptr, {alignment, size});
}

SN_EXPORT void SN_SHIM_NAME(_ZdlPvRKSt9nothrow_t)(void* ptr, const char&) noexcept
{
  sn::posix::free(ptr);
}

SN_EXPORT void SN_SHIM_NAME(_ZdaPvRKSt9nothrow_t)(void* ptr, const char&) noexcept
{
  sn::posix::free(ptr);
}

SN_EXPORT void SN_SHIM_NAME(_ZdlPvSt11align_val_tRKSt9nothrow_t)(void* ptr, size_t alignment, const char&) noexcept
{
  sn::posix::free(ptr, {alignment, sn::Layout::unsaid});
}

SN_EXPORT void SN_SHIM_NAME(_ZdaPvSt11align_val_tRKSt9nothrow_t)(void* ptr, size_t alignment, const char&) noexcept
{
  sn::posix::free(ptr, {alignment, sn::Layout::unsaid});
}
}
