// memcpy, memmove and memset of the shim with checks: each looks at the objects it is to touch, and stops the program
// before it reads or writes outside of them. Memory of others is as free to use as ever.
//
// The core calls these functions, too, by name or because the compiler does, in memory that is no object yet or no
// more. So within this source the names are those of the plain functions below, by an assignment to the assembler;
// copies.ld has the linker give them to the bounded ones, for all other libraries and the program.
//
// Any thread, also before any constructor ran.
#include "base/message.h"
#include "front/checked.h"
#include "os/os.h"

namespace
{
typedef uint64_t Block __attribute__((vector_size(16))); // in a register of the processor's, if it has such

// A unit wherever it lies and whatever it is.
template<typename Unit>
struct __attribute__((packed, may_alias)) Loose
{
  Unit value;
};

template<typename Unit>
SN_INLINE Unit load(const void* start, size_t offset)
{
  return reinterpret_cast<const Loose<Unit>*>(static_cast<const char*>(start) + offset)->value;
}

template<typename Unit>
SN_INLINE void store(void* start, size_t offset, Unit value)
{
  reinterpret_cast<Loose<Unit>*>(static_cast<char*>(start) + offset)->value = value;
}

// The loops below must stay loops, not become calls of the functions they are in.
SN_INLINE void keep_loop()
{
  __asm__ volatile("");
}

// The first and the last bytes, which may overlap; all are read before any is written.
template<typename Unit>
SN_INLINE void copy_ends(void* to, const void* from, size_t count)
{
  auto first = load<Unit>(from, 0);
  auto last = load<Unit>(from, count - sizeof(Unit));
  store(to, 0, first);
  store(to, count - sizeof(Unit), last);
}

struct Pair
{
  SN_INLINE Pair(const void* from, size_t offset)
      : low(load<Block>(from, offset)), high(load<Block>(from, offset + sizeof(Block)))
  {}

  SN_INLINE void write(void* to, size_t offset) const
  {
    store(to, offset, low);
    store(to, offset + sizeof(Block), high);
  }

  Block low, high;
};
constexpr size_t pair_bytes = sizeof(Pair);

SN_INLINE void copy_short(void* to, const void* from, size_t count)
{
  if (count >= sizeof(Block))
    copy_ends<Block>(to, from, count);
  else if (count >= sizeof(uint64_t))
    copy_ends<uint64_t>(to, from, count);
  else if (count >= sizeof(uint32_t))
    copy_ends<uint32_t>(to, from, count);
  else if (count != 0)
  {
    char middle = load<char>(from, count / 2);
    copy_ends<char>(to, from, count);
    store(to, count / 2, middle);
  }
}

// At least a pair. The direction sees to it that what overlaps is read before it is written over; only what is written
// last has to be read first.
SN_INLINE void copy_long(void* to, const void* from, size_t count)
{
  if (uintptr_t(to) - uintptr_t(from) >= count)
  {
    Pair last(from, count - pair_bytes);
    for (size_t offset = 0; offset + pair_bytes < count; offset += pair_bytes, keep_loop())
      Pair(from, offset).write(to, offset);
    last.write(to, count - pair_bytes);
  }
  else
  {
    Pair first(from, 0);
    for (size_t left = count; left > pair_bytes; left -= pair_bytes, keep_loop())
      Pair(from, left - pair_bytes).write(to, left - pair_bytes);
    first.write(to, 0);
  }
}

SN_INLINE void* copy(void* to, const void* from, size_t count)
{
  if (count >= pair_bytes)
    copy_long(to, from, count);
  else
    copy_short(to, from, count);
  return to;
}

SN_INLINE void* set(void* to, int value, size_t count)
{
  uint64_t word = uint8_t(value) * 0x0101010101010101u;
  Block block{word, word};
  if (count >= sizeof(Block))
  {
    for (size_t offset = 0; offset + sizeof(Block) < count; offset += sizeof(Block), keep_loop())
      store(to, offset, block);
    store(to, count - sizeof(Block), block);
    return to;
  }
  for (size_t offset = 0; offset < count; offset++, keep_loop())
    store(to, offset, char(value));
  return to;
}

using sn::checked::Bounds;

[[noreturn]] SN_COLD void die_out_of_bounds(const char* what, const void* address, size_t count, const Bounds& bounds)
{
  sn::Message message;
  message << "snmalloc: " << what << " " << address << ": " << count << " bytes, but ";
  if (bounds.object == nullptr)
    sn::os::die((message << "the memory was given back").text());
  size_t offset = uintptr_t(address) - uintptr_t(bounds.object);
  message << (offset < bounds.size ? bounds.size - offset : 0) << " are left of ";
  message << (bounds.kind == Bounds::held ? "an object of " : "a freed object of ") << bounds.size << " bytes at ";
  sn::os::die((message << bounds.object).text());
}

// Most copies are of memory that is not the allocator's, or well within an object.
SN_INLINE void check(const char* what, const void* address, size_t count)
{
  Bounds bounds = sn::checked::bounds_of(address);
  if (SN_LIKELY(bounds.kind == Bounds::foreign))
    return;
  size_t offset = uintptr_t(address) - uintptr_t(bounds.object);
  if (SN_UNLIKELY(bounds.kind != Bounds::held || offset > bounds.size || count > bounds.size - offset))
    die_out_of_bounds(what, address, count, bounds);
}
} // namespace

extern "C" {
__attribute__((used)) void* sn_plain_memcpy(void* to, const void* from, size_t count)
{
  return copy(to, from, count);
}

__attribute__((used)) void* sn_plain_memmove(void* to, const void* from, size_t count)
{
  return copy(to, from, count);
}

__attribute__((used)) void* sn_plain_memset(void* to, int value, size_t count)
{
  return set(to, value, count);
}

SN_EXPORT void* sn_bounded_memcpy(void* to, const void* from, size_t count)
{
  if (count == 0)
    return to;
  check("memcpy to", to, count);
  check("memcpy from", from, count);
  return copy(to, from, count);
}

SN_EXPORT void* sn_bounded_memmove(void* to, const void* from, size_t count)
{
  if (count == 0)
    return to;
  check("memmove to", to, count);
  check("memmove from", from, count);
  return copy(to, from, count);
}

SN_EXPORT void* sn_bounded_memset(void* to, int value, size_t count)
{
  if (count == 0)
    return to;
  check("memset to", to, count);
  return set(to, value, count);
}
}

__asm__("memcpy = sn_plain_memcpy");
__asm__("memmove = sn_plain_memmove");
__asm__("memset = sn_plain_memset");
