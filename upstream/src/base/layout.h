// The layout of an object: what a caller asks for, or says that it asked for. The C interface does not know all of it.
#pragma once

#include "base/config.h"

namespace sn
{
// What the C interface promises of every address, on every processor.
constexpr size_t c_alignment = 16;

struct Layout
{
  static constexpr size_t unsaid = ~size_t(0);

  size_t alignment = unsaid;
  size_t size = unsaid;

  constexpr size_t needed_alignment() const { return alignment == unsaid ? c_alignment : alignment; }

  bool agrees_with(const Layout& other) const { return agree(alignment, other.alignment) && agree(size, other.size); }

private:
  static bool agree(size_t one, size_t other) { return one == other || one == unsaid || other == unsaid; }
};
} // namespace sn
