// Giving memory back at once, instead of when the budget says so.
//
// Any thread.
#pragma once

namespace sn
{
// Gives back what the calling thread's heap keeps for later, and all free memory of the address space. Returns whether
// any of it went back to the system.
bool trim();
} // namespace sn
