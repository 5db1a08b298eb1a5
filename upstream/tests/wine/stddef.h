// What Wine's header lacks of C11.
#pragma once

#include_next <stddef.h>

typedef double max_align_t;
