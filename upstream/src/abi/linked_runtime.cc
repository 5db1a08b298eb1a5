// The C++ runtime that a program is linked with: all of it, or of a static library what the program uses, and that may
// be nothing. A runtime that a plugin brings has operators of its own, which call malloc.
#include "abi/cxx_runtime.h"
#include "os/os.h"

// As the Itanium C++ ABI lays them out.
extern "C" {
SN_WEAK sn::cxx_runtime::Handler* _ZSt15get_new_handlerv();
SN_WEAK void _ZSt17__throw_bad_allocv(); // containers call it
SN_WEAK void* __cxa_allocate_exception(size_t) noexcept;
SN_WEAK void __cxa_throw(void* exception, const void* type, void (*destructor)(void*));
extern SN_WEAK const void* const _ZTISt9bad_alloc; // what catches std::bad_alloc refers to it, and brings the others
extern SN_WEAK const void* const _ZTVSt9bad_alloc[];
SN_WEAK void _ZNSt9bad_allocD1Ev(void*);
}

namespace sn::cxx_runtime
{
Handler* new_handler()
{
  return _ZSt15get_new_handlerv == nullptr ? nullptr : _ZSt15get_new_handlerv();
}

void throw_bad_alloc()
{
  if (_ZSt17__throw_bad_allocv != nullptr)
    _ZSt17__throw_bad_allocv();
  if (&_ZTISt9bad_alloc != nullptr && __cxa_throw != nullptr)
  {
    auto* exception = static_cast<const void**>(__cxa_allocate_exception(sizeof(void*)));
    *exception = _ZTVSt9bad_alloc + 2; // behind the offset and the type
    __cxa_throw(exception, &_ZTISt9bad_alloc, _ZNSt9bad_allocD1Ev);
  }
  os::die("snmalloc: out of memory, and no C++ runtime to throw std::bad_alloc");
}
} // namespace sn::cxx_runtime
