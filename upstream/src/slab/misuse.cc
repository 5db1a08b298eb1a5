#include "slab/misuse.h"

#include "base/message.h"
#include "os/os.h"

namespace sn::misuse
{
namespace
{
Message about(Act act, const void* pointer)
{
  Message message;
  return message << (act == Act::free ? "snmalloc: free of " : "snmalloc: realloc of ") << pointer << ": ";
}

Message& operator<<(Message& message, const Layout& layout)
{
  const char* separator = "";
  if (layout.size != Layout::unsaid)
  {
    message << "size " << layout.size;
    separator = " and ";
  }
  if (layout.alignment != Layout::unsaid)
    message << separator << "alignment " << layout.alignment;
  return message;
}

Message& add_object(Message& message, const void* object, size_t size)
{
  return message << "an object of " << size << " bytes at " << object;
}

[[noreturn]] void die(const Message& message)
{
  os::die(message.text());
}

[[noreturn]] void written(uintptr_t byte, const char* what, const char* where, const void* object, size_t size)
{
  Message message;
  message << "snmalloc: " << what << " at " << reinterpret_cast<const void*>(byte) << ": " << where << " ";
  die(add_object(message, object, size));
}
} // namespace

void freed_already(Act act, const void* object, size_t size)
{
  Message message;
  if (act == Act::free)
    die(message << "snmalloc: double free of " << object << ": an object of " << size << " bytes");
  die(message << "snmalloc: realloc of " << object << ": a freed object of " << size << " bytes");
}

void given_back_already(Act act, const void* object)
{
  Message message;
  if (act == Act::free)
    die(message << "snmalloc: double free of " << object << ": memory that was given back");
  die(message << "snmalloc: realloc of " << object << ": memory that was given back");
}

void inside_object(Act act, const void* pointer, const void* object, size_t size)
{
  Message message = about(act, pointer);
  message << "inside ";
  die(add_object(message, object, size));
}

void no_object(Act act, const void* pointer)
{
  die(about(act, pointer) << "not the start of a live object");
}

void not_ours(Act act, const void* pointer)
{
  die(about(act, pointer) << "not memory of this allocator");
}

void wrong_layout(Act act, const void* object, Layout passed, Layout true_layout)
{
  Message message = about(act, object);
  die(message << "passed " << passed << ", allocated with " << true_layout);
}

void counted_twice(size_t class_bytes)
{
  Message message;
  die(message << "snmalloc: double free of an object of up to " << class_bytes << " bytes");
}

void written_after_free(uintptr_t byte, const void* object, size_t size)
{
  written(byte, "write after free", "in", object, size);
}

void written_behind(uintptr_t byte, const void* object, size_t size)
{
  written(byte, "write out of bounds", "behind", object, size);
}

void written_before(uintptr_t byte, const void* object, size_t size)
{
  written(byte, "write out of bounds", "before", object, size);
}
} // namespace sn::misuse
