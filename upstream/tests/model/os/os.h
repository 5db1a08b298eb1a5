// What the core asks of the system where threads wait for one another, in place of src/os/os.h: each model says how.
#pragma once

#include "base/config.h"

#include <atomic>

namespace sn::os
{
void wait(std::atomic<uint32_t>& word, uint32_t value);
void wait_briefly(std::atomic<uint32_t>& word, uint32_t value);
void wake_one(std::atomic<uint32_t>& word);
void wake_all(std::atomic<uint32_t>& word);
} // namespace sn::os
