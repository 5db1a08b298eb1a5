/* The C interface of the allocator: all that a caller may know about it.
 *
 * Every function may be called from any thread at any time: before main, after a thread's own exit hooks ran, and in
 * a child after fork. Sizes and alignments are in bytes. No function throws, sets errno or takes a user's lock.
 */
#ifndef SNMALLOC_H
#define SNMALLOC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns uninitialised memory of at least `size` bytes whose address is a multiple of `alignment`, or null when the
 * system refuses memory or the request cannot be expressed in the address space.
 * `alignment` is a power of two; `size` may be 0, then the result is unique and can be freed. */
void* sn_rust_alloc(size_t alignment, size_t size);

/* As sn_rust_alloc, with the first `size` bytes zero. */
void* sn_rust_alloc_zeroed(size_t alignment, size_t size);

/* Frees `ptr`, which is not null, came from an sn_rust_ function of this library and was not freed since; `alignment`
 * and `size` are those it was last allocated or reallocated with. Any thread may free what any other allocated. */
void sn_rust_dealloc(void* ptr, size_t alignment, size_t size);

/* Changes the size of `ptr` to `new_size` bytes, keeps the first min(old_size, new_size) bytes, and returns the new
 * address, which is `ptr` itself where that is possible. Returns null when memory is refused: `ptr` then stays valid
 * and unchanged. `alignment` and `old_size` are those `ptr` was allocated with; null `ptr` allocates. */
void* sn_rust_realloc(void* ptr, size_t alignment, size_t old_size, size_t new_size);

/* Returns the number of bytes usable at `ptr`, which is at least the size asked for and is the caller's to write, or
 * 0 if `ptr` is null or not the start of memory of this library. `ptr` must not be freed meanwhile. */
size_t sn_rust_usable_size(const void* ptr);

/* Stores in `*current` the bytes that the allocator holds from the system for objects and for its own metadata and
 * has not given back, and in `*peak` the largest value of that figure so far. Address space that is merely reserved
 * is not counted; memory handed to a caller counts whole, touched or not. Either pointer may be null. */
void sn_rust_statistics(size_t* current, size_t* peak);

/* Gives back to the system at once what all heaps hold free, and returns how many bytes went back while it ran. Waits
 * for slow paths that other threads are in, and keeps them out meanwhile; their fast paths go on.
 * What stays: metadata; slabs with a live object in them; and of every other thread that lives, the objects in its
 * magazines (of each size class at most 128, and 32 KiB or 4 objects), those of other threads that it has freed and not
 * sent home yet (at most 16 times 64 KiB), and the slabs that these lie in. */
size_t sn_trim(void);

#ifdef __cplusplus
}
#endif

#endif
