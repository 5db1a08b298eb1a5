#include "slab/holes.h"

#include "meta/usage.h"
#include "os/os.h"

namespace sn::holes
{
namespace
{
// Objects side by side.
struct Objects
{
  unsigned first;
  unsigned end;
};

uint64_t bit(unsigned page)
{
  return uint64_t(1) << page;
}

unsigned count_of(uint64_t pages)
{
  unsigned count = 0;
  for (; pages != 0; pages = without_lowest_bit(pages))
    count++;
  return count;
}

// Those that touch the page: none behind the last object.
Objects objects_on(const Slab* slab, unsigned page)
{
  const SizeClass& sizes = slab->size_class();
  size_t start = page * os::page_bytes();
  unsigned first = sizes.object_at(start);
  unsigned end = sizes.object_at(start + os::page_bytes() - 1) + 1;
  unsigned all = sizes.slab_objects;
  return {first < all ? first : all, end < all ? end : all};
}

// The pages that the object touches.
uint64_t pages_of(const Slab* slab, unsigned object)
{
  size_t start = size_t(object) * slab->size_class().bytes;
  size_t last = start + slab->size_class().bytes - 1;
  return low_bits(unsigned(last / os::page_bytes()) + 1) & ~low_bits(unsigned(start / os::page_bytes()));
}

// Calls `visit` with the number of each word that has bits of the objects, and these bits.
template<typename Visit>
void for_each_word(Objects objects, Visit visit)
{
  while (objects.first < objects.end)
  {
    unsigned word = objects.first / 64;
    unsigned next = objects.end < (word + 1) * 64 ? objects.end : (word + 1) * 64;
    visit(word, low_bits(next - word * 64) & ~low_bits(objects.first % 64));
    objects.first = next;
  }
}

void show(Slab* slab, Objects objects)
{
  for_each_word(objects, [slab](unsigned word, uint64_t bits) {
    slab->words[word] |= bits;
    slab->filled |= bit(word);
  });
}

void hide(Slab* slab, Objects objects)
{
  for_each_word(objects, [slab](unsigned word, uint64_t bits) {
    slab->words[word] &= ~bits;
    if (slab->words[word] == 0)
      slab->filled &= ~bit(word);
  });
}

bool are_free(const Slab* slab, Objects objects)
{
  bool are_free = true;
  for_each_word(objects, [slab, &are_free](unsigned word, uint64_t bits) {
    are_free = are_free && (slab->words[word] & bits) == bits;
  });
  return are_free;
}

unsigned pages_in(const Slab* slab)
{
  return unsigned(slab->size_class().slab_bytes() / os::page_bytes());
}

// Of a slab that hides no object.
uint64_t find_empty_pages(const Slab* slab)
{
  uint64_t empty = 0;
  for (unsigned page = 0; page < pages_in(slab); page++)
    if (are_free(slab, objects_on(slab, page)))
      empty |= bit(page);
  return empty;
}

bool has_room_for_holes(const Slab* slab)
{
  return slab->free_count * size_t(slab->size_class().bytes) >= config::least_hole_bytes;
}

// A word for what is out has room only once the slab's own words lie elsewhere.
bool make_room(Slab* slab)
{
  if (!slab->has_only_word())
    return true;
  auto* words = static_cast<uint64_t*>(arena::allocate_granules(1));
  if (words == nullptr)
    return false;
  *words = slab->only_word;
  slab->words = words;
  slab->out = 0;
  return true;
}

// Purges the empty pages that are not out yet, and their neighbours that are, in one call for each run.
unsigned purge(Slab* slab, uint64_t empty)
{
  unsigned calls = 0;
  for (uint64_t left = empty; left != 0;)
  {
    unsigned first = lowest_bit(left);
    unsigned end = first;
    while (end < 64 && (left & bit(end)) != 0)
      end++;
    uint64_t run = low_bits(end) & ~low_bits(first);
    left &= ~run;
    if ((run & ~slab->out) == 0)
      continue;
    calls++;
    size_t page = os::page_bytes();
    if (os::purge(reinterpret_cast<void*>(slab->base + first * page), (end - first) * page, false))
      slab->out |= run;
  }
  return calls;
}

void hide_out_pages(Slab* slab)
{
  for (uint64_t pages = slab->out_pages(); pages != 0; pages = without_lowest_bit(pages))
    hide(slab, objects_on(slab, lowest_bit(pages)));
}

void show_out_pages(Slab* slab)
{
  for (uint64_t pages = slab->out_pages(); pages != 0; pages = without_lowest_bit(pages))
    show(slab, objects_on(slab, lowest_bit(pages)));
}
} // namespace

size_t bytes(const Slab* slab)
{
  return count_of(slab->out_pages()) * os::page_bytes();
}

size_t empty_bytes(Slab* slab)
{
  if (!has_room_for_holes(slab))
    return 0;
  show_out_pages(slab);
  uint64_t empty = find_empty_pages(slab);
  hide_out_pages(slab);
  return count_of(empty) * os::page_bytes();
}

Made make(Slab* slab)
{
  if (!has_room_for_holes(slab))
    return {0, 0};
  size_t before = bytes(slab);
  show_out_pages(slab);
  uint64_t empty = find_empty_pages(slab);
  bool is_enough = count_of(empty) * os::page_bytes() >= config::least_hole_bytes;
  bool is_more = (empty & ~slab->out_pages()) != 0;
  unsigned calls = is_enough && is_more && make_room(slab) ? purge(slab, empty) : 0;
  hide_out_pages(slab);
  size_t more = bytes(slab) - before;
  if (more != 0)
    usage::note_hole(more);
  return {more, calls};
}

size_t end_first(Slab* slab)
{
  size_t before = bytes(slab);
  while (slab->filled == 0 && slab->out_pages() != 0)
  {
    Objects objects = objects_on(slab, lowest_bit(slab->out));
    slab->out = without_lowest_bit(slab->out);
    if (objects.first != objects.end && (pages_of(slab, objects.end - 1) & slab->out) != 0)
      objects.end--;
    show(slab, objects);
  }
  return before - bytes(slab);
}

void show_all(Slab* slab)
{
  show_out_pages(slab);
  if (!slab->has_only_word())
    slab->out = 0;
}
} // namespace sn::holes
