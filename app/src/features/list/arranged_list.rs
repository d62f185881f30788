//! Contact list in the person's arrangement: favourites, groups, order, height of rows. It replaces the plain list of the server's document
//! once its chunk is loaded.
//!
//! Only rows near the view are in the document. Keys work on the whole list, not on the rows in the document. Every row states its position
//! and the total number.

use protocol::words::status::Status;

use crate::browser::dom::Step;
use crate::browser::letters::lower;
use crate::browser::{RowHeights, anchor, rows};
use crate::features::contacts::contact_row::push_unread;
use crate::features::contacts::list_section::{member_entry, step_of, title_of, unread_among};
use crate::store::arrangement::{Extent, ListedPerson, Section, SectionKind, row_top_px, rows_in_view};
use crate::store::roster::{ListMember, PersonHandle};
use crate::ui::prelude::*;

/// Assumed heights before the first measurement.
const HEAD_PX: f64 = 24.0;
const ROW_PX: f64 = 24.0;
/// Height differences below this are ignored.
const NEAR_PX: f64 = 1.0;

/// Section with its rows.
#[derive(Clone, PartialEq, Eq)]
struct SectionPlan {
    kind: SectionKind,
    total: usize,
    members: Vec<ListMember>,
    /// Number of blocked people among them, whose status is not shown.
    blocked: usize,
    is_folded: bool,
    /// Number of unread messages while the section is folded.
    unread: u32,
}

/// Largest number of frames until a row is in the document after the view was scrolled to it: usually two, more on a busy device.
const REVEAL_PAINTS_MAX: u32 = 60;

/// Position of the focus: a head, or a row of its section.
type FocusStop = (usize, Option<usize>);

/// State of the list; copied into every closure.
#[derive(Clone, Copy)]
struct List {
    session: Session,
    element: NodeRef<html::Div>,
    plan: Memo<Vec<SectionPlan>>,
    /// Top of the view in the list, and its height.
    view: RwSignal<(f64, f64)>,
    heights: RwSignal<Vec<RowHeights>>,
    windows: Memo<Vec<(usize, usize)>>,
    last: StoredValue<Option<FocusStop>>,
    /// Target of the focus: a row that is not in the document yet.
    ahead: StoredValue<Option<FocusStop>>,
}

lazy_view! {
    list:
    /// Renders the list, and sets `is_here`, which removes the plain one.
    pub fn arranged_list(is_here: RwSignal<bool>) {
        let session = use_session();
        let (had_focus, user) = (dom::is_focus_in("#contacts"), anchor::person_with_focus());
        is_here.set(true);
        let list = List::new(session);
        if had_focus {
            dom::after_paint(move || list.take_focus(user));
        }
        let sections = move || list.plan.with(|plan| plan.iter().map(|planned| list.section(&planned.kind)).collect());
        let density = move || Some(session.arrangement.with(|arrangement| arrangement.density.as_str()));
        view! {
            <div
                class="arranged"
                role="tree"
                aria-label=said!(list.contacts)
                tabindex="-1"
                data-density=crate::view::bindings::word(density)
                node_ref=list.element
                on:keydown=handler(move |event| list.keydown(&event))
                on:focusin=handler(move |_| list.focus_comes())
                on:focusout=handler(move |event| list.focus_goes(&event))
            >
                {crate::view::bindings::list(sections)}
            </div>
        }
        .client_only()
    }
}

impl List {
    fn new(session: Session) -> Self {
        let plan = Memo::new(move |_| plan(session));
        let (view, heights) = (RwSignal::new((0.0, 0.0)), RwSignal::new(Vec::new()));
        let windows = Memo::new(move |_| {
            let (top_px, view_px) = view.get();
            plan.with(|plan| heights.with(|heights| rows_in_view(&extents(plan, heights), top_px, view_px)))
        });
        let list = Self {
            session,
            element: NodeRef::new(),
            plan,
            view,
            heights,
            windows,
            last: StoredValue::new(None),
            ahead: StoredValue::new(None),
        };
        let view_moved = move |top_px, view_px| {
            if list.view.try_get_untracked().is_some_and(|known| known != (top_px, view_px)) {
                list.view.set((top_px, view_px));
            }
        };
        rows::follow(list.element, view_moved, move || list.settle(true));
        Effect::new(move |_| {
            list.windows.track();
            dom::after_paint(move || list.settle(false));
        });
        Effect::new(move |_| {
            list.plan.track();
            session.arrangement.track();
            dom::after_paint(move || list.settle(true));
        });
        list
    }

    /// Follows a change of the document: it measures rows whose heights may differ, numbers the rows, and keeps the focus. Scrolling
    /// measures nothing, because rows that scroll in have known heights.
    fn settle(self, may_differ: bool) {
        let Some(known) = self.heights.try_get_untracked() else { return };
        let is_new = self.windows.with_untracked(|windows| {
            let row_px = |at: usize| known.get(at).and_then(|known| known.row_px);
            windows.iter().enumerate().any(|(at, (from, to))| from < to && row_px(at).is_none())
        });
        if may_differ || is_new {
            self.measure(&known);
        }
        rows::number(self.element);
        if self.last.get_value().is_some() {
            rows::catch_focus(self.element);
        }
    }

    fn measure(self, known: &[RowHeights]) {
        let newest = |(at, new): (usize, RowHeights)| match known.get(at) {
            Some(known) if is_like(known, &new) => *known,
            _ => new,
        };
        let measured: Vec<RowHeights> = rows::measure(self.element).into_iter().enumerate().map(newest).collect();
        if measured != known {
            self.heights.set(measured);
        }
    }

    fn focus_comes(self) {
        // The list itself has the focus if a row has left the document: the position stays.
        if let Some(stop) = rows::focused(self.element) {
            self.last.set_value(Some(stop));
            self.ahead.set_value(None);
        }
    }

    fn focus_goes(self, event: &ev::FocusEvent) {
        // The focus also goes nowhere if its row leaves the document.
        if event.related_target().is_some() {
            self.last.set_value(None);
            self.ahead.set_value(None);
        }
    }

    // ---- Keys

    fn keydown(self, event: &ev::KeyboardEvent) {
        let Some(step) = step_of(self.session, event) else { return };
        let plan = self.plan.get_untracked();
        let stops: Vec<FocusStop> = plan.iter().enumerate().flat_map(|(at, planned)| planned.stops(at)).collect();
        // A key that comes before the row is there counts from that row.
        let at = self.ahead.get_value().or(rows::focused(self.element)).or(self.last.get_value());
        let at = at.and_then(|at| stops.iter().position(|stop| *stop == at));
        let count = stops.len() as i32;
        let to = match (step, at) {
            (Step::First, _) | (Step::By(0..), None) => 0,
            (Step::Last, _) | (Step::By(_) | Step::Along(_), None) => count - 1,
            (Step::By(by) | Step::Along(by), Some(at)) => at as i32 + by,
            (Step::To(letter), at) => next_with(&plan, &stops, letter, at.map_or(0, |at| at + 1)),
        };
        // The page handles the focus behind the people: bots and the search of messages follow there.
        let is_last = self.session.home.bots_wake_at.get_untracked() == 0 && untrack(|| !self.session.search.is_on());
        if !(0..count).contains(&to) && !is_last {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        let is_step = matches!(step, Step::By(_));
        let to = if is_step { to.rem_euclid(count.max(1)) } else { to };
        if let Some(stop) = usize::try_from(to).ok().and_then(|to| stops.get(to)) {
            self.lead_to(&plan, *stop);
        }
    }

    fn lead_to(self, plan: &[SectionPlan], (section, row): FocusStop) {
        self.last.set_value(Some((section, row)));
        let is_there = rows::focus(self.element, section, row);
        self.ahead.set_value((!is_there).then_some((section, row)));
        if is_there {
            return;
        }
        let extents = extents(plan, &self.heights.get_untracked());
        let row_px = extents.get(section).map_or(ROW_PX, |extent| extent.row_px);
        rows::reveal(self.element, row_top_px(&extents, section, row), row_px);
        self.focus_when_there((section, row), REVEAL_PAINTS_MAX);
    }

    /// Focuses a row once it is in the document, some frames after the scroll, unless the focus is elsewhere by then.
    fn focus_when_there(self, stop: FocusStop, paints_left: u32) {
        dom::after_paint(move || {
            let is_wanted = self.ahead.try_get_value().flatten() == Some(stop);
            if !is_wanted || rows::focus(self.element, stop.0, stop.1) {
                return;
            }
            match paints_left {
                0 => self.ahead.set_value(None),
                _ => self.focus_when_there(stop, paints_left - 1),
            }
        });
    }

    /// Moves the focus from the plain list, which is removed, to the same person in this list, or to the list.
    fn take_focus(self, user: Option<String>) {
        if !rows::is_focus_lost() {
            return;
        }
        let plan = self.plan.get_untracked();
        let is_it = |member: &ListMember| {
            member.person().is_some_and(|person| person.with_untracked(|person| Some(&person.id) == user.as_ref()))
        };
        let unfolded = plan.iter().enumerate().filter(|(_, planned)| !planned.is_folded);
        let stop =
            unfolded.into_iter().find_map(|(at, planned)| Some((at, Some(planned.members.iter().position(is_it)?))));
        match stop {
            Some(stop) => self.lead_to(&plan, stop),
            None => rows::catch_focus(self.element),
        }
    }

    // ---- View

    fn section(self, kind: &SectionKind) -> Entry {
        let kind = kind.clone();
        let key = kind.key();
        Entry::of(key, move || self.section_view(kind))
    }

    fn section_view(self, kind: SectionKind) -> ErasedView {
        let i18n = use_i18n();
        let place = {
            let kind = kind.clone();
            Memo::new(move |_| self.plan.with(|plan| plan.iter().position(|planned| planned.kind == kind)))
        };
        let planned = Memo::new(move |_| place.get().and_then(|at| self.plan.with(|plan| plan.get(at).cloned())));
        let window = Memo::new(move |_| {
            let at = place.get().unwrap_or(usize::MAX);
            self.windows.with(|windows| windows.get(at).copied().unwrap_or_default())
        });
        let of_plan = move |value: fn(&SectionPlan) -> usize| planned.with(|planned| planned.as_ref().map_or(0, value));
        let is_folded = move || planned.with(|planned| planned.as_ref().is_some_and(|planned| planned.is_folded));
        let entries = move || {
            let (from, to) = window.get();
            planned.with(|planned| {
                let members = planned.iter().flat_map(|planned| planned.members.iter());
                members.copied().take(to).skip(from).map(member_entry).collect()
            })
        };
        let rows_element = NodeRef::<html::Ul>::new();
        Effect::new(move |_| {
            let (from, to) = window.get();
            let place = place.get().unwrap_or(usize::MAX);
            let row_px =
                self.heights.with(|heights| heights.get(place).and_then(|heights| heights.row_px)).unwrap_or(ROW_PX);
            let below = of_plan(|planned| planned.members.len()).saturating_sub(to);
            rows::pad(rows_element, row_px * from as f64, row_px * below as f64);
        });
        let title = kind.clone();
        view! {
            <div class="list-group">
                <h2 role="none">
                    <button
                        class="group"
                        type="button"
                        role="treeitem"
                        aria-expanded=aria_bool(move || !is_folded())
                        on:click=handler(move |_| self.session.fold(&kind))
                    >
                        {icon("ic-caret", "12")}
                        <bdi>{text(move || title_of(i18n, &title))}</bdi>
                        " "
                        <span>
                            {text(move || {
                                let unread = planned.with(|planned| planned.as_ref().map_or(0, |planned| planned.unread));
                                let mut words = planned.with(|planned| {
                                    planned.as_ref().map(|planned| count_of(i18n, planned)).unwrap_or_default()
                                });
                                push_unread(i18n, &mut words, unread);
                                words
                            })}
                        </span>
                    </button>
                </h2>
                <ul
                    class="rows"
                    role="group"
                    data-first=text(move || window.get().0.to_string())
                    data-of=text(move || of_plan(|planned| planned.members.len()).to_string())
                    hidden=switch(is_folded)
                    node_ref=rows_element
                >
                    {list(entries)}
                </ul>
            </div>
        }
        .client_only()
    }
}

impl SectionPlan {
    /// Returns the number of unfolded rows.
    fn rows(&self) -> usize {
        if self.is_folded { 0 } else { self.members.len() }
    }

    fn stops(&self, section: usize) -> impl Iterator<Item = FocusStop> + use<> {
        [(section, None)].into_iter().chain((0..self.rows()).map(move |row| (section, Some(row))))
    }

    fn name_of(&self, row: usize) -> String {
        untrack(|| self.members.get(row).map(ListMember::name).unwrap_or_default())
    }
}

/// Returns `true` if the heights are about the same. Rows of different heights must not move the list for ever.
fn is_like(known: &RowHeights, new: &RowHeights) -> bool {
    let is_near = |one: f64, other: f64| (one - other).abs() < NEAR_PX;
    let is_row = match (known.row_px, new.row_px) {
        (Some(known), Some(new)) => is_near(known, new),
        (None, Some(_)) => false,
        (_, None) => true,
    };
    is_row && is_near(known.head_px, new.head_px)
}

/// Returns the plan of the whole list, filtered by the search box. Reactive.
fn plan(session: Session) -> Vec<SectionPlan> {
    let shown = session.listed();
    let known: Vec<PersonHandle> = shown.online.into_iter().chain(shown.offline).collect();
    let first_character = known.len();
    let people: Vec<PersonHandle> = known.into_iter().chain(shown.characters).collect();
    let listed = |(at, handle): (usize, &PersonHandle)| {
        handle.person.with(|person| ListedPerson {
            id: person.id.clone(),
            name: lower(&person.display_name),
            rank: Status::ALL.iter().position(|status| Some(*status) == person.status),
            is_character: at >= first_character,
        })
    };
    let listed: Vec<ListedPerson> = people.iter().enumerate().map(listed).collect();
    let planned = |kind: SectionKind, total: usize, members: Vec<ListMember>, blocked: usize| {
        let is_folded = session.folds(&kind);
        let unread = if is_folded { unread_among(&members) } else { 0 };
        SectionPlan { kind, total, members, blocked, is_folded, unread }
    };
    session.arrangement.with(|arrangement| {
        let of_people = |Section { kind, total, rows }: Section| {
            let handles: Vec<PersonHandle> = rows.into_iter().filter_map(|at| people.get(at)).copied().collect();
            let blocked = session.blocked_among(&handles);
            planned(kind, total, handles.into_iter().map(ListMember::Person).collect(), blocked)
        };
        // Nobody is online: rooms come first.
        let is_shown = |section: &Section| section.kind != SectionKind::People || !section.rows.is_empty();
        let sections = arrangement.sections(&listed).into_iter();
        let mut all: Vec<SectionPlan> = sections.filter(is_shown).map(of_people).collect();
        if !shown.rooms.is_empty() {
            let rooms: Vec<ListMember> = shown.rooms.into_iter().map(ListMember::Room).collect();
            let is_below = |kind: &SectionKind| matches!(kind, SectionKind::Offline | SectionKind::Characters);
            let at = all.iter().position(|planned| is_below(&planned.kind)).unwrap_or(all.len());
            all.insert(at, planned(SectionKind::Rooms, rooms.len(), rooms, 0));
        }
        all
    })
}

fn extents(plan: &[SectionPlan], heights: &[RowHeights]) -> Vec<Extent> {
    let extent = |(at, planned): (usize, &SectionPlan)| {
        let known = heights.get(at);
        Extent {
            rows: planned.rows(),
            head_px: known.map_or(HEAD_PX, |known| known.head_px),
            row_px: known.and_then(|known| known.row_px).unwrap_or(ROW_PX),
        }
    };
    plan.iter().enumerate().map(extent).collect()
}

/// Returns the next row, with wrap-around, whose name begins with `letter`, or -1.
fn next_with(plan: &[SectionPlan], stops: &[FocusStop], letter: char, from: usize) -> i32 {
    let letter = lower(&letter.to_string());
    let begins = |at: &usize| {
        let (section, row) = stops[*at];
        row.is_some_and(|row| lower(&plan[section].name_of(row)).starts_with(&letter))
    };
    let order = (from..stops.len()).chain(0..from.min(stops.len()));
    order.into_iter().find(begins).map_or(-1, |at| at as i32)
}

/// Returns the number of people who are online and the total, if they can differ in this kind of section. Blocked people are not counted as
/// online.
fn count_of(i18n: Texts, planned: &SectionPlan) -> String {
    let here = planned.members.len();
    match planned.kind {
        SectionKind::Rooms | SectionKind::Offline | SectionKind::Characters => {
            t_string!(i18n, list.count, count = here)
        }
        _ => t_string!(i18n, list.here_of, here = here - planned.blocked, total = planned.total),
    }
}
