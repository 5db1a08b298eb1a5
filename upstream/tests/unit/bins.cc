// The bins of free ranges against brute force.
#include "core.h"

#include <algorithm>
#include <vector>

using namespace sn;

namespace
{
// Ranges of up to a quarter of the chunks that there are, or of 16 GiB.
constexpr unsigned size_bits = config::address_bits == 32 ? 16 : 20;

bool fits(const Range* range, uint32_t chunks, uint32_t align_chunks)
{
  uintptr_t alignment = uintptr_t(align_chunks) << config::chunk_log2;
  uintptr_t start = (range->base + alignment - 1) / alignment * alignment;
  return start + (uintptr_t(chunks) << config::chunk_log2) <= range->end();
}

void check_bounds()
{
  EXPECT_EQUAL(Bins::bin_of(1), 1);
  for (uint64_t chunks = 2; chunks < 100000; chunks++)
    EXPECT(Bins::bin_of(chunks) == Bins::bin_of(chunks - 1) || Bins::bin_of(chunks) == Bins::bin_of(chunks - 1) + 1);
  for (unsigned top = 2; top < 32; top++)
    for (uint64_t quarter = 0; quarter < 4; quarter++)
    {
      uint64_t first = (uint64_t(1) << top) + quarter * (uint64_t(1) << top) / 4;
      EXPECT_EQUAL(Bins::bin_of(first), Bins::bin_of(first - 1) + 1);
      EXPECT(Bins::bin_of(first) < Bins::bin_count);
    }
}

class Model
{
public:
  explicit Model(uint64_t seed) : random(seed) {}

  ~Model()
  {
    for (Range* range : in)
      delete range;
  }

  void step()
  {
    if (in.size() < 300 && random.below(3) != 0)
    {
      auto* range = new Range{};
      range->base = (1 + random.below(1 << size_bits)) << config::chunk_log2;
      range->chunks = uint32_t(1 + (random.next() & 0xffffffff) % (uint64_t(1) << (1 + random.below(size_bits))));
      bins.insert(range);
      in.push_back(range);
    }
    else if (!in.empty())
    {
      std::swap(in[random.below(in.size())], in.back());
      bins.remove(in.back());
      delete in.back();
      in.pop_back();
    }
    ask(uint32_t(1 + random.below(uint64_t(1) << random.below(size_bits + 1))), uint32_t(1) << random.below(12));
    EXPECT((bins.any() == nullptr) == in.empty());
  }

private:
  void ask(uint32_t chunks, uint32_t align_chunks)
  {
    Range* found = bins.find(chunks, align_chunks);
    unsigned bin = Bins::bin_of(chunks);
    std::vector<Range*> own; // those of its bin that are looked at
    for (Range* range = bins.lists[bin].first(); range != nullptr && own.size() < 16; range = range->next)
      own.push_back(range);
    uint32_t best = 0;
    for (Range* range : own)
      if (fits(range, chunks, align_chunks) && (best == 0 || range->chunks < best))
        best = range->chunks;
    unsigned sure = Bins::bin_of(uint64_t(chunks) + align_chunks - 1);
    unsigned next = Bins::bin_count;
    for (Range* range : in)
      if (Bins::bin_of(range->chunks) > sure)
        next = std::min(next, Bins::bin_of(range->chunks));
    if (best == 0 && next == Bins::bin_count)
    {
      EXPECT(found == nullptr);
      return;
    }
    EXPECT(found != nullptr && std::find(in.begin(), in.end(), found) != in.end());
    EXPECT(fits(found, chunks, align_chunks));
    if (best != 0)
      EXPECT_EQUAL(found->chunks, best);
    else
      EXPECT_EQUAL(Bins::bin_of(found->chunks), next);
  }

  Random random;
  Bins bins{};
  std::vector<Range*> in;
};
} // namespace

int main()
{
  check_bounds();
  Model model(3);
  for (int round = 0; round < 50000; round++)
    model.step();
}
