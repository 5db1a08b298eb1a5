// The whole core, to be looked at from within, and what tests of it need.
#pragma once

#include "snmalloc.cc"

#include "audit.h"
#include "expect.h"
#include "random.h"
