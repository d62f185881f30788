//! The line of a device on the stage, made worse (`docs/protocol/demo.md`): latency, loss, a cut, and sound that is off until the stage wants it.
//! It stands in the place of the browser's `WebSocket` on that page alone, so that no other page pays for it, and the client on top knows
//! nothing of it.
//!
//! The promises of the protocol hold: what is late stays in order, and a stream that lost something loses all that follows and breaks, as a
//! real one does. The client comes back with what it heard last, and sends again what was not acknowledged.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Function, Reflect};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use super::named::{self, call, get, global, hear, made, object, of_window};
use super::stand_in::for_class;
use super::{sound, timer};

/// The member of a message that is for us.
pub const LINK: &str = "cfmLink";
/// A stream that lost something breaks so long after.
const BREAK_MS: u32 = 1_500;
/// Close code of a connection that is gone without a word.
const CODE_VANISHED: u16 = 1006;
/// State of a socket that closes, or is closed.
const CLOSING: f64 = 2.0;

/// What holds for all lines of the page.
#[derive(Clone, Copy, Default)]
struct Shape {
    /// Added to a round trip: one half on each way.
    delay_ms: f64,
    loss_percent: f64,
    is_cut: bool,
}

thread_local! {
    static SHAPE: Cell<Shape> = const { Cell::new(Shape { delay_ms: 0.0, loss_percent: 0.0, is_cut: false }) };
    static LINES: RefCell<Vec<Rc<Line>>> = const { RefCell::new(Vec::new()) };
}

/// One socket of the page.
struct Line {
    socket: JsValue,
    /// The browser's own way of sending on it.
    send: Function,
    /// What is under way in each direction: whatever is due first leaves first.
    out: RefCell<VecDeque<JsValue>>,
    inward: RefCell<VecDeque<JsValue>>,
    /// Something got lost: nothing passes any more.
    is_broken: Cell<bool>,
}

/// Stands between the page and its server from now on, if the page is a frame of the stage. Call it before the first socket.
pub fn install() {
    let parent = of_window("parent");
    if !parent.is_object() || parent == global() {
        return;
    }
    listen(&parent);
    for_class("WebSocket", |class, arguments| {
        if SHAPE.get().is_cut {
            return Err(JsValue::from_str("the line is cut"));
        }
        let made = Reflect::construct(class, arguments)?;
        LINES.with_borrow_mut(|lines| {
            lines.retain(|line| named::number(&line.socket, "readyState") < CLOSING);
            lines.extend(Line::on(made.clone()));
        });
        Ok(made)
    });
    sound::keep_quiet(true);
    // The stage says what holds; whatever else frames us does not answer.
    let _ = call(&parent, "postMessage", &[object(&[(LINK, true.into())]), named::origin().into()]);
}

fn listen(parent: &JsValue) {
    let parent = parent.clone();
    hear(&global(), "message", move |event| {
        let is_stage = named::text(&event, "origin") == named::origin() && get(&event, "source") == parent;
        let told = get(&get(&event, "data"), LINK);
        if is_stage && told.is_object() {
            take(&told);
        }
    });
}

fn take(told: &JsValue) {
    let is_cut = named::is(told, "isCut");
    let (delay_ms, loss_percent) = (named::number(told, "delayMs"), named::number(told, "lossPercent"));
    SHAPE.set(Shape { delay_ms, loss_percent, is_cut });
    let is_loud = named::is(told, "isLoud");
    sound::keep_quiet(!is_loud);
    if is_loud {
        // The press on the stage is the gesture: its own frames may sound because of it.
        sound::open();
    }
    if is_cut {
        let lines = LINES.with_borrow_mut(std::mem::take);
        lines.iter().for_each(|line| line.vanish());
    }
}

impl Line {
    fn on(socket: JsValue) -> Option<Rc<Self>> {
        let send = get(&socket, "send").dyn_into().ok()?;
        let line = Rc::new(Self {
            socket,
            send,
            out: RefCell::default(),
            inward: RefCell::default(),
            is_broken: Cell::new(false),
        });
        let own = Rc::clone(&line);
        let sending = Closure::<dyn Fn(JsValue)>::new(move |data| own.send(data)).into_js_value();
        // On the socket itself it hides the browser's.
        named::set(&line.socket, "send", &sending);
        // Both hear of everything before the page does, because they were here first.
        let own = Rc::clone(&line);
        hear(&line.socket, "message", move |event| own.hear(&event));
        let own = Rc::clone(&line);
        hear(&line.socket, "close", move |event| {
            // It has vanished already, as far as the page knows.
            if named::is(&event, "isTrusted") && own.is_broken.get() {
                stop(&event);
            }
        });
        Some(line)
    }

    fn send(self: &Rc<Self>, data: JsValue) {
        if self.passes() {
            self.out.borrow_mut().push_back(data);
            self.after_half(|line| {
                let due = line.out.borrow_mut().pop_front();
                if let Some(data) = due.filter(|_| !line.is_broken.get()) {
                    // A socket that is closing swallows it, as it always does.
                    let _ = line.send.call1(&line.socket, &data);
                }
            });
        }
    }

    fn hear(self: &Rc<Self>, event: &JsValue) {
        // What is ours passes.
        if !named::is(event, "isTrusted") {
            return;
        }
        stop(event);
        if self.passes() {
            self.inward.borrow_mut().push_back(get(event, "data"));
            self.after_half(|line| {
                let due = line.inward.borrow_mut().pop_front();
                if let Some(data) = due.filter(|_| !line.is_broken.get()) {
                    // The page may have closed it meanwhile, and hears nothing then.
                    line.dispatch("MessageEvent", "message", &[("data", data)]);
                }
            });
        }
    }

    /// Whether a message passes. One that gets lost is the end of the stream.
    fn passes(self: &Rc<Self>) -> bool {
        if self.is_broken.get() {
            return false;
        }
        if js_sys::Math::random() * 100.0 >= SHAPE.get().loss_percent {
            return true;
        }
        self.is_broken.set(true);
        self.after(BREAK_MS, |line| line.vanish());
        false
    }

    /// Does it when half of what is added to a round trip is over; at once where nothing is added and nothing waits.
    fn after_half(self: &Rc<Self>, act: impl FnOnce(&Rc<Self>) + 'static) {
        let wait_ms = SHAPE.get().delay_ms / 2.0;
        let is_first = self.out.borrow().len() <= 1 && self.inward.borrow().len() <= 1;
        if wait_ms <= 0.0 && is_first { act(self) } else { self.after(wait_ms as u32, act) }
    }

    fn after(self: &Rc<Self>, wait_ms: u32, act: impl FnOnce(&Rc<Self>) + 'static) {
        let line = Rc::clone(self);
        spawn_local(async move {
            timer::wait(wait_ms).await;
            act(&line);
        });
    }

    /// The connection is gone without a word.
    fn vanish(&self) {
        self.is_broken.set(true);
        if named::number(&self.socket, "readyState") >= CLOSING {
            return;
        }
        // Nobody may be listening any more.
        self.dispatch("CloseEvent", "close", &[("code", CODE_VANISHED.into())]);
        let _ = call(&self.socket, "close", &[]);
    }

    fn dispatch(&self, class: &str, name: &str, members: &[(&str, JsValue)]) {
        if let Ok(event) = made(class, &[name.into(), object(members)]) {
            let _ = call(&self.socket, "dispatchEvent", &[event]);
        }
    }
}

fn stop(event: &JsValue) {
    let _ = call(event, "stopImmediatePropagation", &[]);
}
