/* For callers that compile the fast paths into themselves, as the Rust crate does: what their copy relies on. The
 * layout belongs to this version of the library alone; a caller checks in a test that it agrees.
 *
 *   allocate:  last = (alignment - 1) | (size - 1), below small_max_bytes
 *              class = class_table[last / class_step_bytes]
 *              with profiles: the countdown less `size`, which becomes negative where sn_rust_alloc_slow() is to look
 *              top = sn_my_magazines->tops[class]; object = *top; if it is not null: tops[class] = top - 1
 *   free:      entry = sn_page_map_root[address >> leaf_log2] + (address >> chunk_log2) * entry_bytes
 *              if *(uint32_t*)entry ^ sn_my_magazines->tag is the class, found as above:
 *              top = tops[class]; if it is not limits[class]: top[1] = object, and only then tops[class] = top + 1
 *
 * In all other cases, and on all other platforms than 64-bit Linux, the functions of snmalloc.h do the work.
 */
#ifndef SNMALLOC_FAST_H
#define SNMALLOC_FAST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sn_fast_layout
{
  size_t small_max_bytes;
  size_t class_step_bytes;
  size_t class_count;
  size_t leaf_log2;
  size_t chunk_log2;
  size_t entry_bytes;
  size_t tops_offset; /* of the fields of *sn_my_magazines, in bytes */
  size_t limits_offset;
  size_t tag_offset;
  size_t countdown_offset; /* 0: this build takes no profiles */
  const unsigned char* class_table;
};

/* What sn_rust_alloc() does where the fast path has nothing, or, in builds for profiles, where it has made the
 * countdown negative. Any thread. */
void* sn_rust_alloc_slow(size_t alignment, size_t size);

/* Stores the layout of this library in `*layout`. Any thread. */
void sn_rust_fast_layout(struct sn_fast_layout* layout);

#ifdef __cplusplus
}
#endif

#endif
