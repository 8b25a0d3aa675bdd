// Counts calls that ask for heap memory, in whatever program it is preloaded into; SIGUSR1 writes the count to standard
// error as `malloc-count: N`. Frees are not counted. Needs glibc, whose own names of the functions do the work.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_ulong calls;

static void count(void) { atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed); }

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count();
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    count();
    void *memory = __libc_memalign(alignment, size);
    if (!memory && size) return ENOMEM;
    *out = memory;
    return 0;
}

// Only what a signal handler may do: no stdio, no allocation.
static void tell(int number) {
    (void)number;
    int saved = errno;
    char line[48] = "malloc-count: ", digits[24];
    size_t at = strlen(line), left = sizeof digits;
    unsigned long value = atomic_load_explicit(&calls, memory_order_relaxed);
    do {
        digits[--left] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (left < sizeof digits) line[at++] = digits[left++];
    line[at++] = '\n';
    ssize_t written = write(2, line, at);
    (void)written;
    errno = saved;
}

__attribute__((constructor)) static void begin(void) {
    struct sigaction action = {.sa_handler = tell, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
}
