// Where the options come from: what the program defined when it was built, then the variable SNMALLOC_OPTIONS.
#pragma once

#include "base/options.h"

namespace sn
{
// Once, before there is a heap; with the registry's lock held. Says on stderr what it cannot make sense of.
SN_COLD void read_options();
} // namespace sn
