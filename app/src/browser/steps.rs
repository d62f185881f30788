//! Steps of the browser's history (`ux.md` 2.1). A conversation on a stacked page, a dialog, a sheet, a picker and a picture are a *layer*
//! each: one step back closes the topmost, and one step forward opens it again. A conversation that takes the place of another one beside the
//! list is a new *place* with an entry of its own. Nothing else changes the history of the page.
//!
//! The address of an entry names the conversation in view. A step of the person to an entry shows the conversation of its address.
//!
//! Entries have numbers: how many layers lie over their place. So an entry without a layer (of a page before a reload, or of a layer that was
//! closed by its own button) is used by the next layer or place, or goes. The server compiles this code and never runs it.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::rc::Rc;

use leptos::prelude::*;
use protocol::words::conversation_address::ConversationAddress;

use super::{device, dom};

/// Beginning of the paths of pages with steps: a page of a demo is one of several in a window. It is the address of the list.
const PAGES: &str = "/app";
/// Beginning of the query of a conversation.
const OF_CONVERSATION: &str = "?room=";

/// Opens (`true`) or closes a layer.
type Turn = Rc<dyn Fn(bool)>;
/// Gives the focus back to where it was before a layer opened.
type Refocus = Box<dyn Fn()>;

thread_local! {
    static STEPS: RefCell<Steps> =
        const { RefCell::new(Steps { depth: 0, open: Vec::new(), closed: Vec::new(), is_new: false, is_leaving: false }) };
    /// All layers, open or not, by their numbers.
    static LAYERS: RefCell<Vec<(u32, Turn)>> = const { RefCell::new(Vec::new()) };
    /// Focus before each open layer.
    static BEFORE: RefCell<Vec<(u32, Refocus)>> = const { RefCell::new(Vec::new()) };
    /// Address of the conversation in view, or of the list; empty until the page knows.
    static ADDRESS: RefCell<String> = const { RefCell::new(String::new()) };
    /// Shows the conversation of the address to which a step of the person has led.
    static ARRIVE: RefCell<Option<Rc<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Makes the part of the page that a signal opens a layer, while the calling component exists. `closed` is the value without it.
pub fn follow<T: Clone + PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, closed: T) {
    let without = closed.clone();
    let shown = move || Some(signal.get()).filter(|now| *now != without);
    follow_shown(shown, move |wanted| drop(signal.try_set(wanted.unwrap_or_else(|| closed.clone()))));
}

/// Makes a part of the page a layer, while the calling component exists. `shown` returns what the part shows; `show` shows that again, or
/// closes the part.
pub fn follow_shown<T: Clone + Send + Sync + 'static>(
    shown: impl Fn() -> Option<T> + 'static,
    show: impl Fn(Option<T>) + 'static,
) {
    let last = StoredValue::new(None::<T>);
    let is_open = move || {
        let now = shown();
        let is_open = now.is_some();
        if is_open {
            last.set_value(now);
        }
        is_open
    };
    layer(false, is_open, move |opens| show(last.try_get_value().flatten().filter(|_| opens)));
}

/// Returns the conversation that the page's address names.
pub fn address() -> Option<ConversationAddress> {
    device::path().starts_with(PAGES).then(device::query).and_then(|query| ConversationAddress::parse(&query))
}

/// Returns the conversation that a link leads to, if the link and this page are of the same messenger.
pub fn address_in(link: &str) -> Option<ConversationAddress> {
    let is_here = device::path().starts_with(PAGES);
    let query = link.strip_prefix(&device::origin()).filter(|_| is_here)?.strip_prefix(PAGES)?.strip_prefix('?')?;
    ConversationAddress::parse(query)
}

/// Calls `arrive` after each step of the person: the address may name another conversation by then.
pub fn on_arrival(arrive: impl Fn() + 'static) {
    ARRIVE.set(Some(Rc::new(arrive)));
}

/// Shows the conversation in view, or its absence, in the address. A `new` place gets an entry of its own.
pub fn show_place(room: Option<String>, is_new: bool) {
    // A step has led to an entry of this place.
    let is_there = address().map(|address| address.room) == room;
    STEPS.with_borrow_mut(|steps| steps.is_new = is_new && !is_there);
    let path = room.map(|room| ConversationAddress { room, seq: None, of: None }.path());
    ADDRESS.set(path.unwrap_or_else(|| PAGES.to_owned()));
    settle();
}

/// Registers a layer, such as a dialog, that is there while `is_open` says so; `turn` opens and closes it. A conversation covers the list, to
/// which the address below it belongs.
pub fn layer(covers_list: bool, is_open: impl Fn() -> bool + 'static, turn: impl Fn(bool) + 'static) {
    let number = StoredValue::new(None::<u32>);
    let turn: Turn = Rc::new(turn);
    // Effects run in a browser only.
    Effect::new(move |_| {
        if !device::path().starts_with(PAGES) {
            return;
        }
        let number = number.get_value().unwrap_or_else(|| {
            let new = add(Rc::clone(&turn));
            number.set_value(Some(new));
            new
        });
        if !is_open() {
            return close(number);
        }
        if !STEPS.with_borrow(|steps| steps.open.contains(&number)) {
            BEFORE.with_borrow_mut(|before| before.push((number, Box::new(dom::keep_focus()))));
        }
        if let Some(entry) = STEPS.with_borrow_mut(|steps| steps.open(number)) {
            if covers_list && is_shown_next(PAGES) {
                device::show_address(PAGES);
            }
            device::add_step(entry, None);
            if covers_list {
                settle();
            }
        }
    });
    on_cleanup(move || {
        if let Some(number) = number.try_get_value().flatten() {
            LAYERS.with_borrow_mut(|layers| layers.retain(|(other, _)| *other != number));
            close(number);
            STEPS.with_borrow_mut(|steps| steps.closed.retain(|other| *other != number));
        }
    });
}

fn add(turn: Turn) -> u32 {
    LAYERS.with_borrow_mut(|layers| {
        if layers.is_empty() {
            // The entry of a new page has no number yet.
            let entry = numbered(device::step(), 0);
            STEPS.with_borrow_mut(|steps| steps.depth = entry);
            device::on_step(|entry| go_to(numbered(entry, STEPS.with_borrow(|steps| steps.depth))));
        }
        let new = layers.last().map_or(1, |(number, _)| number + 1);
        layers.push((new, turn));
        new
    })
}

/// Returns the number of an entry. One without a number, which a link within the page has added, gets the `present` one.
fn numbered(entry: Option<usize>, present: usize) -> usize {
    entry.unwrap_or_else(|| {
        device::number_step(present, None);
        present
    })
}

/// Closes a layer that the person, or the page, has closed by other means. The next layer may take its entry.
fn close(number: u32) {
    if STEPS.with_borrow_mut(|steps| steps.close(number)) {
        BEFORE.with_borrow_mut(|before| before.retain(|(other, _)| *other != number));
        settle();
    }
}

/// Leaves entries without a layer, and sets the address, once the effects of this moment have opened and closed what they will.
pub fn settle() {
    if device::path().starts_with(PAGES) {
        dom::after(0, settle_now);
    }
}

fn settle_now() {
    match STEPS.with_borrow_mut(Steps::take_surplus) {
        Some(0) => {}
        Some(surplus) => return device::go_back(surplus),
        None => return,
    }
    ADDRESS.with_borrow(|address| {
        let new = Some(address.as_str()).filter(|address| !address.is_empty() && is_shown_next(address));
        // A call of the history takes the browser milliseconds, so number and address go with one.
        match (STEPS.with_borrow_mut(Steps::take_place), new) {
            (Some(true), _) => device::add_step(0, new),
            (Some(false), _) => device::number_step(0, new),
            (None, Some(new)) => device::show_address(new),
            (None, None) => {}
        }
    });
}

/// Returns `true` if the entry that the page is at gets this address. An address that says something else stays until it has been read.
fn is_shown_next(address: &str) -> bool {
    let query = device::query();
    let is_read = query.is_empty() || query.starts_with(OF_CONVERSATION);
    is_read && address.strip_prefix(PAGES) != Some(query.as_str())
}

/// Handles a step of the browser to an entry.
fn go_to(entry: usize) {
    if let Some(missing) = STEPS.with_borrow_mut(|steps| steps.arrive(entry)) {
        missing.for_each(|entry| device::add_step(entry, None));
        return settle_now();
    }
    let (closed, opened) = STEPS.with_borrow_mut(|steps| steps.go_to(entry));
    let turned =
        closed.into_iter().map(|number| (number, false)).chain(opened.into_iter().map(|number| (number, true)));
    for (number, opens) in turned {
        let turn = LAYERS
            .with_borrow(|layers| layers.iter().find(|(other, _)| *other == number).map(|(_, turn)| Rc::clone(turn)));
        if opens {
            BEFORE.with_borrow_mut(|before| before.push((number, Box::new(dom::keep_focus()))));
        }
        turn.into_iter().for_each(|turn| turn(opens));
        let before = BEFORE.with_borrow_mut(|before| {
            let at = before.iter().position(|(other, _)| *other == number).filter(|_| !opens)?;
            Some(before.remove(at).1)
        });
        before.into_iter().for_each(dom::after_paint);
    }
    let arrive = ARRIVE.with_borrow(Clone::clone);
    arrive.into_iter().for_each(|arrive| arrive());
}

/// Entries and layers.
#[derive(Debug, Default)]
struct Steps {
    /// Number of the entry that the page is at. The entry of a place without layers is 0.
    depth: usize,
    /// Open layers, the topmost last.
    open: Vec<u32>,
    /// Layers that a step forward opens again, the next one last.
    closed: Vec<u32>,
    /// The place in view is new, and has no entry yet.
    is_new: bool,
    /// The page has asked the browser to leave entries, and is not there yet. An entry that was added meanwhile would be left as well.
    is_leaving: bool,
}

impl Steps {
    /// Puts a layer on top. Returns the number of the entry to add; `None` if the layer is open, or an entry waits for one.
    fn open(&mut self, layer: u32) -> Option<usize> {
        if self.open.contains(&layer) {
            return None;
        }
        self.open.push(layer);
        self.closed.clear();
        if self.is_leaving || self.open.len() <= self.depth {
            return None;
        }
        self.depth += 1;
        Some(self.depth)
    }

    /// Removes a layer. Returns `true` if it was open.
    fn close(&mut self, layer: u32) -> bool {
        let Some(at) = self.open.iter().position(|other| *other == layer) else { return false };
        self.closed.push(self.open.remove(at));
        true
    }

    /// Returns the number of entries without a layer, which are left now, but for one that a new place takes; `None` while entries are left.
    fn take_surplus(&mut self) -> Option<usize> {
        if self.is_leaving {
            return None;
        }
        let taken = usize::from(self.is_new && self.open.is_empty());
        let surplus = self.depth.saturating_sub(self.open.len() + taken);
        self.depth -= surplus;
        self.is_leaving = surplus > 0;
        Some(surplus)
    }

    /// Begins a new place. Returns `true` if its entry is to be added, and `false` if it takes that of a closed layer. A place below open
    /// layers has no entry: it is in view already when they close.
    fn take_place(&mut self) -> Option<bool> {
        if !std::mem::take(&mut self.is_new) || !self.open.is_empty() {
            return None;
        }
        self.closed.clear();
        Some(std::mem::take(&mut self.depth) == 0)
    }

    /// Ends the step that `take_surplus` began. Returns the entries to add for layers that have opened meanwhile; `None` if the page has
    /// begun no step.
    fn arrive(&mut self, entry: usize) -> Option<RangeInclusive<usize>> {
        if !std::mem::take(&mut self.is_leaving) {
            return None;
        }
        self.depth = entry.max(self.open.len());
        Some(entry + 1..=self.depth)
    }

    /// Moves to an entry. Returns the layers to close and those to open.
    fn go_to(&mut self, entry: usize) -> (Vec<u32>, Vec<u32>) {
        let (mut closed, mut opened) = (Vec::new(), Vec::new());
        self.depth = entry;
        while self.open.len() > entry
            && let Some(layer) = self.open.pop()
        {
            self.closed.push(layer);
            closed.push(layer);
        }
        while self.open.len() < entry
            && let Some(layer) = self.closed.pop()
        {
            self.open.push(layer);
            opened.push(layer);
        }
        (closed, opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layer_takes_one_step_and_comes_back_by_one() {
        let mut steps = Steps::default();
        assert_eq!([1, 2].map(|layer| steps.open(layer)), [Some(1), Some(2)]);
        assert_eq!(steps.open(2), None, "it is open");
        assert_eq!(steps.go_to(1), (vec![2], vec![]));
        assert_eq!(steps.go_to(2), (vec![], vec![2]));
        assert_eq!(steps.go_to(0), (vec![2, 1], vec![]), "two steps at once");
        assert_eq!(steps.go_to(2), (vec![], vec![1, 2]));
        assert_eq!(steps.take_surplus(), Some(0));
    }

    #[test]
    fn the_entry_of_a_layer_that_was_closed_otherwise_is_used_again_or_goes() {
        let mut steps = Steps::default();
        assert_eq!(steps.open(1), Some(1));
        assert!(steps.close(1) && !steps.close(1));
        assert_eq!(steps.open(2), None, "another one opens at once");
        assert_eq!(steps.take_surplus(), Some(0));
        steps.close(2);
        assert_eq!(steps.take_surplus(), Some(1));
        assert_eq!(steps.arrive(0).map(Iterator::count), Some(0), "the own step back");
        assert_eq!(steps.go_to(1), (vec![], vec![2]), "forward opens it again");
        assert_eq!(steps.open(3), Some(2));
        assert!(steps.close(2), "one that lies below");
        assert_eq!((steps.take_surplus(), steps.arrive(1).map(Iterator::count)), (Some(1), Some(0)));
        assert_eq!(steps.go_to(0), (vec![3], vec![]));
    }

    #[test]
    fn a_layer_that_opens_during_an_own_step_gets_its_entry_when_the_step_has_ended() {
        let mut steps = Steps::default();
        steps.open(1);
        steps.close(1);
        assert_eq!(steps.take_surplus(), Some(1));
        assert_eq!((steps.open(2), steps.open(3)), (None, None));
        assert_eq!(steps.arrive(0), Some(1..=2));
        assert_eq!(steps.arrive(1), None, "the next step is the person's");
        assert_eq!(steps.go_to(1), (vec![3], vec![]));
        // What closes during an own step leaves its entry by another one.
        assert_eq!(steps.open(3), Some(2));
        steps.close(3);
        assert_eq!(steps.take_surplus(), Some(1));
        steps.close(2);
        assert_eq!(steps.take_surplus(), None, "one after the other");
        assert_eq!((steps.arrive(1).map(Iterator::count), steps.take_surplus()), (Some(0), Some(1)));
    }

    #[test]
    fn a_new_place_gets_an_entry_and_takes_that_of_a_layer_that_closes_with_it() {
        let mut steps = Steps { is_new: true, ..Steps::default() };
        assert_eq!((steps.take_surplus(), steps.take_place(), steps.take_place()), (Some(0), Some(true), None));
        steps.open(1);
        steps.close(1);
        steps.is_new = true;
        assert_eq!((steps.take_surplus(), steps.take_place()), (Some(0), Some(false)));
        assert_eq!(steps.go_to(1), (vec![], vec![]), "the layer belongs to the place before");
        // Of two layers that close with it, the entry of the upper one is left first.
        let mut steps = Steps::default();
        for layer in [1, 2] {
            steps.open(layer);
        }
        for layer in [2, 1] {
            steps.close(layer);
        }
        steps.is_new = true;
        assert_eq!((steps.take_surplus(), steps.take_surplus()), (Some(1), None));
        assert_eq!(steps.arrive(1).map(Iterator::count), Some(0));
        assert_eq!((steps.take_surplus(), steps.take_place()), (Some(0), Some(false)));
    }

    #[test]
    fn a_place_that_changes_below_a_layer_takes_no_entry() {
        let mut steps = Steps::default();
        steps.open(1);
        steps.is_new = true;
        assert_eq!((steps.take_surplus(), steps.take_place()), (Some(0), None));
        assert_eq!(steps.go_to(0), (vec![1], vec![]));
        assert_eq!((steps.take_surplus(), steps.take_place()), (Some(0), None));
    }

    #[test]
    fn a_page_that_was_loaded_again_uses_the_entries_of_the_one_before() {
        let mut steps = Steps { depth: 2, ..Steps::default() };
        assert_eq!([steps.open(1), steps.open(2), steps.open(3)], [None, None, Some(3)]);
        let mut steps = Steps { depth: 2, ..Steps::default() };
        steps.open(1);
        assert_eq!(steps.go_to(1), (vec![], vec![]));
        assert_eq!(steps.go_to(0), (vec![1], vec![]));
    }
}
