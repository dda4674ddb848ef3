/* count-memory.c
 * Counts the memory that tshark holds at the end of a capture file: what test_costs.py compares with and without the plugin
 *
 * Preloaded into the program. To be run with WIRESHARK_DEBUG_WMEM_OVERRIDE=simple, with which each of Wireshark's own
 * allocations is one of the C library's. A block of the C library has eight bytes in front of what can be used; no clock, no
 * page and no other program has a say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAD 8

static _Atomic size_t held;

/* The C library's own, by the names that it has for those who stand in for them.
 * NOLINTBEGIN(bugprone-reserved-identifier) */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static void *taken(void *block)
{
    if (block)
        held += malloc_usable_size(block) + HEAD;
    return block;
}

static void given(void *block)
{
    if (block)
        held -= malloc_usable_size(block) + HEAD;
}

void *malloc(size_t size)
{
    return taken(__libc_malloc(size));
}

void *calloc(size_t nmemb, size_t size)
{
    return taken(__libc_calloc(nmemb, size));
}

void *realloc(void *ptr, size_t size)
{
    void *moved;
    size_t before = ptr ? malloc_usable_size(ptr) + HEAD : 0;

    moved = __libc_realloc(ptr, size);
    if (moved || size == 0)
        held -= before;
    return taken(moved);
}

void *memalign(size_t alignment, size_t size)
{
    return taken(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **memptr, size_t alignment, size_t size)
{
    *memptr = memalign(alignment, size);
    return *memptr ? 0 : ENOMEM;
}

void free(void *ptr)
{
    given(ptr);
    __libc_free(ptr);
}

/* NOLINTEND(bugprone-reserved-identifier) */

/* What tshark calls when it is through with a file; and before the first one, with nothing. */
void epan_free(void *session);

void epan_free(void *session)
{
    void (*original)(void *);

    if (session)
        fprintf(stderr, "memory held: %zu\n", (size_t)held);
    *(void **)&original = dlsym(RTLD_NEXT, "epan_free");
    original(session);
}
