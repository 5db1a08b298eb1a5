//! What objects there are, and their layouts.
//!
//! 1. A slot is empty, or holds one object. Who allocates the object fills the slot, and who frees it empties it, before
//!    the system can give its address to another.
//! 2. The words of a slot are read only by who may free its object, and so knows of its allocation. So no access has to
//!    order anything, and none does: a tool is to see what the program itself orders. Only new tables are published.
//! 3. A slot does not hold the address itself, but its complement: else nothing would be a leak, as everything would be
//!    pointed to.
//! 4. An object lies in one of `WINDOW` slots of the first table that had one empty; each table is four times the last.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::alloc::System;

const WINDOW: usize = 16;
const FIRST_TABLE_SLOTS: usize = 256;
const TABLES: usize = 12; // for more objects than an address space holds

struct Slot {
    /// The complement of the object's address; 0: the slot is empty.
    object: AtomicUsize,
    alignment: AtomicUsize,
    size: AtomicUsize,
    link: AtomicPtr<c_void>,
}

pub(super) struct Ledger {
    tables: [AtomicPtr<Slot>; TABLES],
}

/// What the ledger says of an object.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub alignment: usize,
    pub size: usize,
    /// In the ledger of all objects: the private heap that has it, or null. In the ledger of such a heap: the object.
    pub link: *mut c_void,
}

fn slots_of(table: usize) -> usize {
    FIRST_TABLE_SLOTS << (2 * table)
}

fn layout_of(table: usize) -> Option<Layout> {
    Layout::array::<Slot>(slots_of(table)).ok()
}

impl Ledger {
    pub const fn new() -> Self {
        #[allow(clippy::declare_interior_mutable_const)] // the start of each element
        const NONE: AtomicPtr<Slot> = AtomicPtr::new(ptr::null_mut());
        Self { tables: [NONE; TABLES] }
    }

    /// False: there is no memory for another table.
    pub fn insert(&self, object: *const c_void, entry: Entry) -> bool {
        for table in 0..TABLES {
            let slots = match self.table_or_new(table) {
                Some(slots) => slots,
                None => return false,
            };
            for slot in window(slots, object) {
                let claim = slot.object.compare_exchange(0, !(object as usize), Ordering::Relaxed, Ordering::Relaxed);
                if claim.is_ok() {
                    slot.alignment.store(entry.alignment, Ordering::Relaxed);
                    slot.size.store(entry.size, Ordering::Relaxed);
                    slot.link.store(entry.link, Ordering::Relaxed);
                    return true;
                }
            }
        }
        false
    }

    pub fn find(&self, object: *const c_void) -> Option<Entry> {
        self.slot(object).map(Slot::entry)
    }

    pub fn remove(&self, object: *const c_void) -> Option<Entry> {
        let slot = self.slot(object)?;
        let entry = slot.entry();
        slot.object.store(0, Ordering::Relaxed);
        Some(entry)
    }

    /// Calls `function` for every object, of which nobody frees any meanwhile but `function`.
    pub fn for_each(&self, mut function: impl FnMut(Entry)) {
        for table in 0..TABLES {
            let slots = self.table(table).unwrap_or(&[]).iter();
            let used = slots.filter(|slot| slot.object.load(Ordering::Relaxed) != 0);
            used.map(Slot::entry).for_each(&mut function);
        }
    }

    /// SAFETY: nobody uses the ledger any more.
    pub unsafe fn free_tables(&self) {
        for (table, slots) in self.tables.iter().enumerate() {
            let slots = slots.load(Ordering::Relaxed);
            if let (false, Some(layout)) = (slots.is_null(), layout_of(table)) {
                // SAFETY: allocated with this layout, by `table_or_new`.
                unsafe { System.dealloc(slots.cast(), layout) };
            }
        }
    }

    fn slot(&self, object: *const c_void) -> Option<&Slot> {
        if object.is_null() {
            return None;
        }
        let tables = (0..TABLES).map_while(|table| self.table(table));
        let mut slots = tables.flat_map(|slots| window(slots, object));
        slots.find(|slot| slot.object.load(Ordering::Relaxed) == !(object as usize))
    }

    fn table(&self, table: usize) -> Option<&[Slot]> {
        // With the Release of `table_or_new`.
        let slots = self.tables[table].load(Ordering::Acquire);
        // SAFETY: a table has so many slots, and lives as long as the ledger.
        (!slots.is_null()).then(|| unsafe { core::slice::from_raw_parts(slots, slots_of(table)) })
    }

    fn table_or_new(&self, table: usize) -> Option<&[Slot]> {
        if self.tables[table].load(Ordering::Relaxed).is_null() {
            let layout = layout_of(table)?;
            // SAFETY: the size is not 0, and all bytes zero are an empty slot.
            let slots = unsafe { System.alloc_zeroed(layout) };
            if slots.is_null() {
                return None;
            }
            let empty = ptr::null_mut();
            // With the Acquire of `table`.
            if self.tables[table].compare_exchange(empty, slots.cast(), Ordering::Release, Ordering::Relaxed).is_err() {
                // SAFETY: allocated above, and another thread's is taken.
                unsafe { System.dealloc(slots, layout) };
            }
        }
        self.table(table)
    }
}

impl Slot {
    fn entry(&self) -> Entry {
        Entry {
            alignment: self.alignment.load(Ordering::Relaxed),
            size: self.size.load(Ordering::Relaxed),
            link: self.link.load(Ordering::Relaxed),
        }
    }
}

fn window(slots: &[Slot], object: *const c_void) -> &[Slot] {
    let place = (object as usize >> 3).wrapping_mul(0x9e37_79b1) & (slots.len() - 1);
    let start = place.min(slots.len() - WINDOW);
    &slots[start..start + WINDOW]
}
