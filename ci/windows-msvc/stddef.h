#pragma once
#include_next <stddef.h>
typedef double max_align_t;
