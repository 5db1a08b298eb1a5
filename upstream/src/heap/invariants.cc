// The invariants of heap.h, one by one; the first that does not hold ends the process.
#include "heap/heap.h"
#include "os/os.h"
#include "slab/checked_object.h"

namespace sn
{
namespace
{
// Ends the process unless the labels of a slab's free objects say that they are free.
void require_labels(const Slab* slab)
{
  for (unsigned number = 0; number < slab->size_class().slab_objects; number++)
    if (slab->is_free(number))
    {
      Facts facts = slab->label(number).facts();
      os::require(facts.state() != ObjectState::live && !facts.is_sent(), "snmalloc: a free object's label says live");
    }
}
} // namespace

void Heap::require_invariants() const
{
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    for (unsigned list = 0; list < list_count; list++)
      for (const Slab* slab = lists[size_class][list]; slab != nullptr; slab = static_cast<const Slab*>(slab->next))
      {
        if (config::checks)
          require_labels(slab);
        const SizeClass& sizes = slab->size_class();
        size_t free_count = 0;
        for (unsigned word = 0; word < sizes.words(); word++)
        {
          for (uint64_t bits = slab->words[word]; bits != 0; bits = without_lowest_bit(bits))
            free_count++;
          os::require((slab->words[word] != 0) == ((slab->filled >> word & 1) != 0), "snmalloc: `filled` is wrong");
        }
        os::require(free_count == slab->free_count, "snmalloc: a slab's free objects are miscounted");
        os::require(free_count > 0 && free_count < sizes.slab_objects, "snmalloc: a slab in a list is full or empty");
        os::require(slab->list == list && list == list_for(free_count, sizes.slab_objects), "snmalloc: wrong list");
        os::require(slab->class_index == size_class, "snmalloc: a slab is among another class");
        os::require(page_map::find_tag(slab->base) == (tag | size_class), "snmalloc: a slab's chunk has another tag");
      }
}

void Heap::verify_free_objects() const
{
  for (unsigned stack = 0; stack < stack_count; stack++)
    for (void** cell = bottom_of(stack) + 1; cell <= tops[stack]; cell++)
      CheckedObject::at(*cell).verify_free();
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    if (current[size_class] != nullptr)
      sn::verify_free_objects(current[size_class]);
    for (Slab* head : lists[size_class])
      for (Slab* slab = head; slab != nullptr; slab = static_cast<Slab*>(slab->next))
        sn::verify_free_objects(slab);
  }
}
} // namespace sn
