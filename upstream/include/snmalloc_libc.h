/* The functions of the C library that allocate, under names of the allocator's own. A build with SN_LIBC_API has them.
 *
 * They do what POSIX and glibc document for the function of the same name without the prefix. They share their memory
 * with the functions of snmalloc.h: sn_free frees what either interface allocated. They do not share it with the C
 * library: never free what malloc returned with sn_free, nor what sn_malloc returned with free.
 *
 * Every function may be called from any thread at any time, as those of snmalloc.h. Sizes and alignments are in bytes.
 * Every address is a multiple of 16, also for small sizes. A size of 0 gives a unique address that can be freed. errno
 * is set where a function says so, and otherwise left alone.
 */
#ifndef SNMALLOC_LIBC_H
#define SNMALLOC_LIBC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns uninitialised memory of at least `size` bytes, or null with errno ENOMEM. */
void* sn_malloc(size_t size);

/* Returns zero memory for `count` objects of `size` bytes, or null with errno ENOMEM, also if the product overflows. */
void* sn_calloc(size_t count, size_t size);

/* Changes the size of `ptr`, keeps its contents as far as they fit, and returns the new address. Returns null with
 * errno ENOMEM if memory is refused; `ptr` stays as it was. A null `ptr` allocates. A `size` of 0 frees `ptr` and
 * returns null. An alignment above 16 is not kept. */
void* sn_realloc(void* ptr, size_t size);

/* As sn_realloc with `count * size`; null with errno ENOMEM if the product overflows. */
void* sn_reallocarray(void* ptr, size_t count, size_t size);

/* Frees memory of any function of this library; null is ignored. */
void sn_free(void* ptr);

/* Returns the number of bytes usable at `ptr`, at least the size asked for; 0 if `ptr` is null or not the start of
 * memory of this library. */
size_t sn_malloc_usable_size(const void* ptr);

/* Returns memory at a multiple of `alignment`, or null with errno EINVAL, if that is no power of two, or ENOMEM. */
void* sn_aligned_alloc(size_t alignment, size_t size);

/* As sn_aligned_alloc, for the next power of two if `alignment` is none. */
void* sn_memalign(size_t alignment, size_t size);

/* Stores the address of memory at a multiple of `alignment` in `*result`, and returns 0. Returns EINVAL if `alignment`
 * is no power of two or no multiple of sizeof(void*), and ENOMEM if memory is refused; then `*result` is left alone.
 * errno is never set. */
int sn_posix_memalign(void** result, size_t alignment, size_t size);

#ifdef __cplusplus
}
#endif

#endif
