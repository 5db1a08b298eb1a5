// The whole core, to be looked at from within, and what tests of it need.
#pragma once

#include "snmalloc.cc"

#include "expect.h"
#include "random.h"
#include "walker.h"
