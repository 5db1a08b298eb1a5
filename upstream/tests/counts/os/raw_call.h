// In place of the core's header of this name: the same, and each system call is counted.
#pragma once

#define call_system call_system_uncounted
#include "../../../src/os/raw_call.h"
#undef call_system

namespace sn::os
{
template<typename... Arguments>
long call_system(long number, Arguments... arguments)
{
  const long words[sizeof...(arguments)] = {as_word(arguments)...};
  ::counted::note_call(number, sizeof...(arguments) > 2 ? words[2] : 0);
  return call_system_uncounted(number, arguments...);
}
} // namespace sn::os
