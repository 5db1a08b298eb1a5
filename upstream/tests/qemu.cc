// The shadow test where advice to the system succeeds and does nothing, as under some versions of user-mode QEMU.
#include "shadow.cc"

namespace
{
const bool is_set = (sn::faults::ignores_advice = true);
}
