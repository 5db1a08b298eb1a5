#include "front/exit_line.h"

#include "base/message.h"
#include "base/options.h"
#include "heap/registry.h"
#include "os/os.h"
#include "snmalloc.h"

namespace sn
{
namespace
{
// The name of the file, as one word.
void add_copy(Message& line)
{
  constexpr int most = 64;
  const char* path = os::library_path();
  if (path == nullptr)
  {
    line << "program";
    return;
  }
  const char* name = path;
  for (const char* letter = path; *letter != 0; letter++)
    if (*letter == '/')
      name = letter + 1;
  for (int count = 0; count < most && *name != 0; count++, name++)
    line.quote(*name == ' ' ? "?" : name, 1);
}

void write_line()
{
  sn_stats stats;
  sn_read_stats(&stats);
  Message line;
  line << "snmalloc: stats pid=" << os::this_process() << " copy=";
  add_copy(line);
  line << " held_bytes=" << stats.held_bytes << " peak_bytes=" << stats.peak_bytes;
  line << " live_bytes=" << stats.live_bytes << " free_bytes=" << stats.free_bytes;
  line << " hole_bytes=" << stats.hole_bytes << " metadata_bytes=" << stats.metadata_bytes;
  line << " large_live_bytes=" << stats.large_live_bytes << " large_allocations=" << stats.large_allocations;
  line << " large_frees=" << stats.large_frees << " heaps_active=" << stats.heaps_active;
  line << " heaps_parked=" << stats.heaps_parked << " remote_frees=" << stats.remote_frees;
  line << " purged_ever_bytes=" << stats.purged_ever_bytes << " system_calls=" << stats.system_calls;
  line.write_line(os::write_at_exit);
}
} // namespace

// Not by a signal handler that ends the process in the midst of the allocator, for it would wait for itself.
SN_COLD void write_exit_line()
{
  if (registry::is_interrupted())
    return;
  registry::read_options_at_exit();
  if (options.stats == StatsLine::at_exit)
    write_line();
}
} // namespace sn
