// Which node of memory a thread runs on, on Linux and Android. The kernel's own library tells it without a system call
// on most processors. Elsewhere, as on AArch64, each answer takes one: so it is asked for only where there is more than
// one node.
#include "os/linux.h"

#include "base/bits.h"
#include "base/faults.h"
#include "os/posix.h"
#include "os/raw_call.h"
#include "os/vdso.h"

namespace sn::os
{
namespace
{
using NodeFunction = int(unsigned* processor, unsigned* node, void* unused);

// What is known of the nodes. Threads that look at the same time find the same.
enum class Nodes : uint32_t
{
  unknown,
  told, // node_function says it
  one,
  several,
};
std::atomic<Nodes> nodes{Nodes::unknown}; // release, behind node_function; acquire: pair with each other
std::atomic<NodeFunction*> node_function{nullptr};

// Whether the process may have memory of several nodes. Kernels that know of none refuse to say.
bool has_several()
{
  constexpr long allowed = 1 << 2;    // MPOL_F_MEMS_ALLOWED
  constexpr size_t most_nodes = 1024; // that a kernel can have
  unsigned long mask[most_nodes / 8 / sizeof(long)] = {};
  count_call();
  if (may_end_for_calls() || call_system(SYS_get_mempolicy, nullptr, mask, most_nodes, nullptr, allowed) != 0)
    return false;
  size_t count = 0;
  for (unsigned long word : mask)
    for (; word != 0; word &= word - 1)
      count++;
  return count > 1;
}

Nodes look_for_nodes()
{
  uintptr_t image = auxiliary::image.load(std::memory_order_relaxed);
  uintptr_t found = Vdso(image).find("__vdso_getcpu", "__kernel_getcpu");
  node_function.store(reinterpret_cast<NodeFunction*>(found), std::memory_order_relaxed);
  Nodes known = found != 0 ? Nodes::told : has_several() ? Nodes::several : Nodes::one;
  nodes.store(known, std::memory_order_release);
  return known;
}
} // namespace

unsigned node_of_this_thread()
{
#ifdef __ANDROID__ // phones have one, and filters that not even a question comes through
  return 0;
#endif
  if (config::faults)
    if (auto* pretended = faults::pretended_node.load(std::memory_order_relaxed))
      return pretended();
  Nodes known = nodes.load(std::memory_order_acquire);
  if (SN_UNLIKELY(known == Nodes::unknown))
    known = look_for_nodes();
  unsigned node = 0;
  if (known == Nodes::told)
    node_function.load(std::memory_order_relaxed)(nullptr, &node, nullptr);
  else if (known == Nodes::several && !may_end_for_calls()) // the program may have got a filter since
  {
    count_call();
    call_system(SYS_getcpu, nullptr, &node, nullptr);
  }
  return node;
}
} // namespace sn::os
