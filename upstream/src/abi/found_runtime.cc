// The C++ runtime that the shim finds in the program, and the forms of operator new that need more of it.
#include "abi/cxx_runtime.h"
#include "abi/posix.h"

#include <dlfcn.h>
#include <initializer_list>

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

// What the handler throws must not leave. The runtime's own nothrow form calls the throwing form, which is the shim's,
// and catches.
SN_COLD void* new_nothrow_slow(size_t size)
{
  if (sn::cxx_runtime::new_handler() == nullptr)
    return nullptr;
  auto* catching = find_in_runtime<void*(size_t, const char&)>("_ZnwmRKSt9nothrow_t");
  return catching == nullptr ? nullptr : catching(size, nothrow);
}

SN_COLD void* new_aligned_nothrow_slow(size_t size, size_t alignment)
{
  if (sn::cxx_runtime::new_handler() == nullptr)
    return nullptr;
  auto* catching = find_in_runtime<void*(size_t, size_t, const char&)>("_ZnwmSt11align_val_tRKSt9nothrow_t");
  return catching == nullptr ? nullptr : catching(size, alignment, nothrow);
}
} // namespace

namespace sn::cxx_runtime
{
Handler* new_handler()
{
  auto* get = find_in_runtime<Handler*()>("_ZSt15get_new_handlerv");
  return get == nullptr ? nullptr : get();
}

void throw_bad_alloc()
{
  if (auto* thrower = find_in_runtime<void()>("_ZSt17__throw_bad_allocv"))
    thrower();
  os::die("snmalloc: out of memory, and no C++ runtime to throw std::bad_alloc");
}
} // namespace sn::cxx_runtime

extern "C" {
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
}
