// Keeps all ranges as they are: for who looks at one that others may free.
//
// Any thread, as the functions of space.h, none of which it calls meanwhile.
#pragma once

#include "range/state.h"

namespace sn::space
{
class Still
{
  Hold held{lock};
};
} // namespace sn::space
