// Every way to get, resize and free memory of the allocator, mixed as programs may mix them. Include after core.h.
//
//   made by                         resized by                      freed by
//   Rust's functions                the same, in place, C's         the same, C's
//   those of a private heap         Rust's, any heap's, C's         Rust's, any heap's, C's
//   C's, of any alignment           C's, Rust's with its alignment  C's, Rust's, with a size or an alignment or both
//   C++'s operators                 as C's                          as C's, and C++'s
//
// Of what C resized nobody knows the alignment that it was made with, which builds with checks remember.
#pragma once

#include "block.h"
#include "core.h"

#include "abi/libc.cc"

#if defined(__linux__)
#  define SN_SHIM_NAME(name) sn_shim_##name
#  include "abi/found_runtime.cc"
#  include "abi/operators.cc"
#  include "abi/shim.cc"
constexpr bool has_shim = true;
#  define OF_SHIM(call) call
#  define DO_BY_SHIM(call) call
#else // nobody calls what is not there
constexpr bool has_shim = false;
#  define OF_SHIM(call) (abort(), nullptr)
#  define DO_BY_SHIM(call) abort()
#endif

namespace interfaces
{
// A block, aligned for sure to `alignment`, and what was said of that.
struct Piece : Block
{
  static constexpr size_t unsaid = sn::Layout::unsaid;
  static constexpr size_t forgotten = 0;

  size_t said;
};

inline size_t of_c(size_t alignment)
{
  return alignment <= sn::c_alignment ? Piece::unsaid : alignment;
}

// What a caller may say of the alignment.
inline size_t some_claim(Random& random, const Piece& piece)
{
  return piece.said == Piece::unsaid ? size_t(1) << random.below(5) : piece.said;
}

// Any alignment, if whoever makes it asks for none.
inline void* make_by_c(Random& random, Piece& piece)
{
  void* start = nullptr;
  size_t alignment = piece.alignment;
  piece.alignment = alignment < sn::c_alignment ? sn::c_alignment : alignment;
  piece.said = of_c(alignment);
  switch (random.below(3))
  {
  case 0:
    return sn_aligned_alloc(alignment, piece.size);
  case 1:
    return sn_memalign(alignment - random.below(alignment > 2 ? alignment / 2 : 1), piece.size);
  default:
    alignment = alignment < sizeof(void*) ? sizeof(void*) : alignment;
    EXPECT(sn_posix_memalign(&start, alignment, piece.size) == 0);
    return start;
  }
}

inline void* make_by_c_unsaid(Random& random, Piece& piece)
{
  piece.alignment = sn::c_alignment;
  piece.said = Piece::unsaid;
  switch (random.below(has_shim ? 7 : 3))
  {
  case 0:
    return sn_malloc(piece.size);
  case 1:
    return sn_realloc(nullptr, piece.size);
  case 2:
    return sn_reallocarray(nullptr, piece.size, 1);
  case 3:
    return OF_SHIM(sn_shim_malloc(piece.size));
  case 4:
    return OF_SHIM(sn_shim__Znwm(piece.size));
  case 5:
    return OF_SHIM(sn_shim__Znam(piece.size));
  default:
    piece.alignment = piece.said = sn::os::page_bytes();
    return OF_SHIM(sn_shim_valloc(piece.size));
  }
}

inline void* make_zeroed(Random& random, Piece& piece, sn_heap* heap)
{
  switch (random.below(3))
  {
  case 0:
    return sn_rust_alloc_zeroed(piece.alignment, piece.size);
  case 1:
    return sn_heap_alloc_zeroed(heap, piece.alignment, piece.size);
  default:
    piece.alignment = sn::c_alignment;
    piece.said = Piece::unsaid;
    return random.one_in(2) ? sn_calloc(piece.size, 1) : sn_calloc(1, piece.size);
  }
}

// Not filled; zero, if so wished. Its alignment may be another.
inline Piece make(Random& random, size_t alignment, size_t size, bool zeroed, sn_heap* heap)
{
  Piece piece{};
  piece.alignment = piece.said = alignment;
  piece.size = size;
  void* start;
  uint64_t way = zeroed ? 0 : 1 + random.below(has_shim ? 6 : 5);
  if (way == 0)
    start = make_zeroed(random, piece, heap);
  else if (way == 1)
    start = sn_heap_alloc(heap, alignment, size);
  else if (way <= 3)
    start = sn_rust_alloc(alignment, size);
  else if (way == 4)
    start = make_by_c(random, piece);
  else if (way == 5)
    start = make_by_c_unsaid(random, piece);
  else
    start = OF_SHIM(
      random.one_in(2) ? sn_shim__ZnwmSt11align_val_t(size, alignment) : sn_shim__ZnamSt11align_val_t(size, alignment));
  piece.start = static_cast<char*>(start);
  EXPECT(start != nullptr && uintptr_t(start) % piece.alignment == 0);
  return piece;
}

inline void* resize_by_c(Random& random, Piece& piece)
{
  piece.alignment = sn::c_alignment;
  if (sn::config::checks && piece.said != Piece::unsaid)
    piece.said = Piece::forgotten;
  else
    piece.said = Piece::unsaid;
  switch (random.below(has_shim ? 4 : 3))
  {
  case 0:
    return sn_realloc(piece.start, piece.size);
  case 1:
    return sn_reallocarray(piece.start, piece.size, 1);
  case 2:
    return sn_reallocarray(piece.start, 1, piece.size);
  default:
    return OF_SHIM(sn_shim_realloc(piece.start, piece.size));
  }
}

// Null: it stays as it is.
inline void* resize_in_place(const Piece& piece, size_t claim, size_t size)
{
  size_t usable = sn_rust_usable_size(piece.start);
  size_t now_usable = sn_rust_resize_in_place(piece.start, claim, piece.size, size);
  EXPECT(now_usable == 0 || now_usable >= size);
  EXPECT(now_usable != 0 || sn::config::checks || size <= piece.size || size > usable);
  return now_usable == 0 ? nullptr : piece.start;
}

// The first bytes are kept. Its size may stay what it was, and its alignment become another.
inline void resize(Random& random, Piece& piece, size_t size, sn_heap* heap)
{
  void* start;
  size_t claim = some_claim(random, piece);
  if (size != 0 && (piece.said == Piece::forgotten || random.one_in(2)))
  {
    piece.size = size;
    start = resize_by_c(random, piece);
  }
  else if (piece.said == Piece::forgotten)
    return;
  else if (random.one_in(3))
  {
    start = resize_in_place(piece, claim, size);
    if (start == nullptr)
      return;
    piece.size = size;
  }
  else
  {
    start = random.one_in(3) ? sn_heap_realloc(heap, piece.start, claim, piece.size, size)
                             : sn_rust_realloc(piece.start, claim, piece.size, size);
    piece.size = size;
    piece.alignment = piece.said = claim;
  }
  piece.start = static_cast<char*>(start);
  EXPECT(start != nullptr && uintptr_t(start) % piece.alignment == 0);
}

inline void drop_by_shim(Random& random, [[maybe_unused]] const Piece& piece)
{
  switch (random.below(7))
  {
  case 0:
    return DO_BY_SHIM(sn_shim_free(piece.start));
  case 1:
    return DO_BY_SHIM(sn_shim_free_sized(piece.start, piece.size));
  case 2:
    return DO_BY_SHIM(sn_shim__ZdlPv(piece.start));
  case 3:
    return DO_BY_SHIM(sn_shim__ZdaPvm(piece.start, piece.size));
  case 4:
    return DO_BY_SHIM(sn_shim_cfree(piece.start));
  default:
    DO_BY_SHIM(sn_shim__ZdlPvm(piece.start, piece.size));
  }
}

// With a layout, which nobody may have forgotten.
inline void drop_by_layout(Random& random, const Piece& piece, sn_heap* heap)
{
  size_t claim = some_claim(random, piece);
  switch (random.below(has_shim ? 7 : 4))
  {
  case 0:
    return sn_heap_dealloc(heap, piece.start, claim, piece.size);
  case 1:
  case 2:
  case 3:
    return sn_rust_dealloc(piece.start, claim, piece.size);
  case 4:
    return DO_BY_SHIM(sn_shim_free_aligned_sized(piece.start, claim, piece.size));
  case 5:
    return DO_BY_SHIM(sn_shim__ZdlPvSt11align_val_t(piece.start, claim));
  default:
    DO_BY_SHIM(sn_shim__ZdlPvmSt11align_val_t(piece.start, piece.size, claim));
  }
}

inline void drop(Random& random, const Piece& piece, sn_heap* heap)
{
  if (piece.said != Piece::forgotten && random.one_in(2))
    drop_by_layout(random, piece, heap);
  else if (has_shim && random.one_in(2))
    drop_by_shim(random, piece);
  else
    sn_free(piece.start);
}

// A block may be described by any size from the one that was asked for to the one that is usable, and be filled so far.
inline void use_all(Piece& piece)
{
  size_t usable = sn_rust_usable_size(piece.start);
  EXPECT(usable >= piece.size && usable == sn_malloc_usable_size(piece.start));
  piece.size = usable;
}

// Ends the process if a change of `changed` reached one of the blocks that lie nearest to it.
template<typename Blocks>
void check_neighbours(const Blocks& blocks, const Block& changed)
{
  const Block* below = nullptr;
  const Block* above = nullptr;
  for (const Block& block : blocks)
    if (block.start < changed.start && (below == nullptr || block.start > below->start))
      below = &block;
    else if (block.start > changed.start && (above == nullptr || block.start < above->start))
      above = &block;
  for (const Block* neighbour : {below, above})
    if (neighbour != nullptr)
      check_contents(*neighbour, neighbour->size);
}
} // namespace interfaces
