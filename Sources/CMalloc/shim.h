// What glibc has of malloc beyond C: giving memory back to the system (malloc_trim(3)).
#ifndef CLAWPROXY_CMALLOC_H
#define CLAWPROXY_CMALLOC_H

#include <malloc.h>

#endif
