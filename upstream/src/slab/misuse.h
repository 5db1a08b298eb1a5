// The last words of a process that misused the allocator: what was wrong, and where.
//
// Any thread, with any lock held.
#pragma once

#include "base/layout.h"

namespace sn::misuse
{
// What the caller was about to do with a pointer.
enum class Act : uint8_t
{
  free,
  realloc,
};

[[noreturn]] void freed_already(Act act, const void* object, size_t size);
[[noreturn]] void given_back_already(Act act, const void* object);
[[noreturn]] void inside_object(Act act, const void* pointer, const void* object, size_t size);
[[noreturn]] void no_object(Act act, const void* pointer); // at the start of nothing that is held
[[noreturn]] void not_ours(Act act, const void* pointer);
[[noreturn]] void wrong_layout(Act act, const void* object, Layout passed, Layout true_layout);
[[noreturn]] void counted_twice(size_t class_bytes); // found late, so nobody knows which object it was
[[noreturn]] void written_after_free(uintptr_t byte, const void* object, size_t size);
[[noreturn]] void written_behind(uintptr_t byte, const void* object, size_t size);
[[noreturn]] void written_before(uintptr_t byte, const void* object, size_t size);
} // namespace sn::misuse
