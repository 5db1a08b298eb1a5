/* The allocator without an operating system, for bare metal: built with SN_NONE (cmake: the target snmalloc_region), it
 * serves these functions from memory that the program gives it, and never asks for more. Of the C library it needs
 * memcpy, memmove and memset, which compilers ask for anyway. A program may have the other allocator, too; then each
 * has memory of its own.
 *
 * One thread at a time may be in the library. A program with several threads, or with interrupts that allocate, needs a
 * lock of its own around each call. Misuse that is noticed ends in the compiler's trap. Otherwise the functions do what
 * those of snmalloc.h do that are named alike. They return null if there is not enough memory. */
#ifndef SNMALLOC_REGION_H
#define SNMALLOC_REGION_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Gives the library the memory of `bytes` bytes at `start`, for ever: once, before anything is allocated, and whatever
 * is in it. Some 44 KiB, and a 64th, are for metadata. Returns 0 if nothing is left then, or if there was memory
 * already; otherwise 1. */
int sn_region_add(void* start, size_t bytes);

void* sn_region_alloc(size_t alignment, size_t size);
void* sn_region_alloc_zeroed(size_t alignment, size_t size);
void sn_region_dealloc(void* ptr, size_t alignment, size_t size);
void* sn_region_realloc(void* ptr, size_t alignment, size_t old_size, size_t new_size);
size_t sn_region_resize_in_place(void* ptr, size_t alignment, size_t old_size, size_t new_size);
size_t sn_region_usable_size(const void* ptr);

#ifdef __cplusplus
}
#endif

#endif
