// The page map: for every chunk of address space, who owns it and what it holds.
//
//   address   | root index (17 or 18) | leaf index (16) | offset in chunk (14) |
//   entry     | tag (32): owner (24) | kind (8)  | index of the range's metadata (32) |
//
// 1. Tag 0: no object starts in this chunk. A slab writes its tag into all its chunks before its first object leaves
//    the heap, and free_tag when it ends. A large object tags its first chunk only; with checks all those of its first
//    GiB.
// 2. The first and the last chunk of every range, in use or free, hold the index of its metadata.
// 3. Kinds below class_count are small size classes, so that `kind_if_owned(tag, my_tag) < class_count` asks for
//    "mine, small, and of this class" at once.
//
// A thread that reads a tag has a live object in that chunk, so the tag does not change meanwhile. The way of the
// object from the allocating thread to the freeing one orders the two. So all accesses are relaxed.
#pragma once

#include "base/line.h"

#include <atomic>

namespace sn
{
// A type of its own, so that no owner's number and no class passes for one.
enum class Tag : uint32_t
{
};

constexpr unsigned kind_bits = 8;
constexpr uint32_t max_owner = (1u << (32 - kind_bits)) - 2;

constexpr Tag make_tag(uint32_t owner, unsigned kind)
{
  return Tag(owner << kind_bits | kind);
}

constexpr Tag no_tag{};
constexpr Tag large_tag = make_tag(0, 0xff);                          // any thread frees a large object
constexpr Tag free_tag = config::checks ? make_tag(0, 0xfe) : no_tag; // in use no longer; what never was has no_tag
constexpr Tag nobodys_tag = make_tag(max_owner + 1, 0);

constexpr uint32_t owner_of(Tag tag)
{
  return uint32_t(tag) >> kind_bits;
}

constexpr unsigned kind_of(Tag tag)
{
  return uint32_t(tag) & ((1u << kind_bits) - 1);
}

// `owners` is one of kind 0: the tag of that owner and kind; and the kind of a tag of that owner, which of all others
// is more than any kind.
constexpr Tag with_kind(Tag owners, unsigned kind)
{
  return Tag(uint32_t(owners) | kind);
}
constexpr uint32_t kind_if_owned(Tag tag, Tag owners)
{
  return uint32_t(tag) ^ uint32_t(owners);
}

struct Entry
{
  std::atomic<Tag> tag;
  std::atomic<uint32_t> range;
};

namespace page_map
{
constexpr unsigned leaf_log2 = 30; // a leaf covers 1 GiB
constexpr size_t leaf_entries = size_t(1) << (leaf_log2 - config::chunk_log2);
constexpr size_t root_entries = config::has_system ? size_t(1) << (config::address_bits - leaf_log2) : 1;

// Without a system there is one leaf, of just the memory that there is.
SN_INLINE size_t root_index(uintptr_t address)
{
  return config::has_system ? address >> leaf_log2 : 0;
}

// Where the entry of address 0 would lie if the leaf went on below its start: so the whole chunk number is the index,
// and needs no mask. 0: no leaf. It has a C name for callers that compile the fast paths (include/snmalloc_fast.h).
extern "C" std::atomic<uintptr_t> sn_page_map_root[root_entries];

SN_INLINE Entry& entry_from(uintptr_t origin, uintptr_t address)
{
  return *reinterpret_cast<Entry*>(origin + (address >> config::chunk_log2) * sizeof(Entry));
}

// The entry of an address inside memory that ensure() covered.
SN_INLINE Entry& entry_of(uintptr_t address)
{
  return entry_from(sn_page_map_root[root_index(address)].load(std::memory_order_relaxed), address);
}

// Without a system: whether the address lies in the memory that there is.
bool is_covered(uintptr_t address);

// The origin for any address at all. 0: there is no leaf, so no object can be there, as for null. For an object, the
// way that it came orders this load after the store of the origin. For a foreign address nothing does; but a leaf is
// all zero from the start, and is reached through the value that was read.
SN_INLINE uintptr_t find_origin(uintptr_t address)
{
  if constexpr (!config::has_system)
    if (!is_covered(address))
      return 0;
  size_t index = root_index(address);
  return SN_LIKELY(index < root_entries) ? sn_page_map_root[index].load(std::memory_order_relaxed) : 0;
}

// The entry of all foreign addresses.
inline const Entry no_entry{};

// The entry of any address at all.
SN_INLINE const Entry& find_entry(uintptr_t address)
{
  uintptr_t origin = find_origin(address);
  return SN_LIKELY(origin != 0) ? entry_from(origin, address) : no_entry;
}

// The tag of any address at all; 0 for foreign ones.
inline Tag find_tag(uintptr_t address)
{
  return find_entry(address).tag.load(std::memory_order_relaxed);
}

// Makes entries for [start, start + bytes). False: refused, or the address is too wide. The space's lock is held.
bool ensure(uintptr_t start, size_t bytes);

// The bytes of entries that describe `bytes` of address space.
constexpr size_t bytes_for(size_t bytes)
{
  return (bytes >> config::chunk_log2) * sizeof(Entry);
}

// Gives everything back. Nobody may use the allocator afterwards.
void release_all();
} // namespace page_map
} // namespace sn
