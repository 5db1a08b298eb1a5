// The line of figures that a process writes when it exits, where the option `stats` says so. Each copy of the allocator
// in the process writes one; docs/interfaces.md has its form.
#pragma once

namespace sn
{
// Near the very end of the process, while other threads may still run; with no lock held. abi/exit_line.cc has it.
void write_exit_line();
} // namespace sn
