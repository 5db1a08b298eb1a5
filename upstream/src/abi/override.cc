// The C library's names in the program itself: those of abi/shim.cc, without a shared library around them. All
// libraries of the process find them there, since the loader looks into the program first; the linker exports from it
// what a library beside it has, too.
//
// 1. The allocator is in the program. In a shared library the names would stay that library's own: what its C code gets
//    of the C library, as by strdup(), it would free here.
// 2. The nothrow forms of operator new are those of the C++ library, which call the throwing forms, which are these,
//    and catch.
#include "base/compiler.h"

// Where the system starts a program. Hidden: the linker does not let a shared library wait for somebody else's.
extern "C" __attribute__((visibility("hidden"))) const char _start[];

namespace
{
// Invariant 1. Linkers name this function when they refuse.
__attribute__((constructor)) void the_feature_override_is_for_programs_and_not_for_shared_libraries()
{
  const char* start = _start;
  __asm__ volatile("" : : "r"(start));
}
} // namespace
