//! The line of a device on the stage, made worse (`docs/protocol/demo.md`): latency, loss, a cut, and sound that is off until the stage wants it.
//! It stands in the place of the browser's `WebSocket` on that page alone, so that no other page pays for it, and the client on top knows
//! nothing of it.
//!
//! The promises of the protocol hold: what is late stays in order, and a stream that lost something loses all that follows and breaks, as a
//! real one does. The client comes back with what it heard last, and sends again what was not acknowledged.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Proxy, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, CloseEventInit, MessageEvent, MessageEventInit, WebSocket, Window};

use super::device::window;

/// The member of a message that is for us.
pub const LINK: &str = "cfmLink";
/// A stream that lost something breaks so long after.
const BREAK_MS: i32 = 1_500;
/// Close code of a connection that is gone without a word.
const CODE_VANISHED: u16 = 1006;

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
    static IS_LOUD: Cell<bool> = const { Cell::new(false) };
}

/// One socket of the page.
struct Line {
    socket: WebSocket,
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
    let Some(window) = window() else { return };
    let Some(parent) = window.parent().ok().flatten().filter(|parent| parent != &window) else { return };
    listen(&window, &parent);
    replace(&window, "WebSocket", |target, arguments| {
        if SHAPE.get().is_cut {
            return Err(JsValue::from_str("the line is cut"));
        }
        let made = Reflect::construct(&target, &arguments)?;
        LINES.with_borrow_mut(|lines| {
            lines.retain(|line| line.socket.ready_state() < WebSocket::CLOSING);
            lines.extend(Line::on(made.clone()));
        });
        Ok(made)
    });
    replace(&window, "AudioContext", |target, arguments| {
        if IS_LOUD.get() {
            Reflect::construct(&target, &arguments)
        } else {
            Err(JsValue::from_str("the stage is quiet"))
        }
    });
    // The stage says what holds; whatever else frames us does not answer.
    let origin = window.location().origin().unwrap_or_default();
    let asked = Object::new();
    if Reflect::set(&asked, &LINK.into(), &JsValue::TRUE).is_ok() {
        let _ = parent.post_message(&asked, &origin);
    }
}

/// Makes `new name(…)` ours.
fn replace(window: &Window, name: &str, make: impl Fn(Function, Array) -> Result<JsValue, JsValue> + 'static) {
    let Ok(target) = Reflect::get(window, &name.into()).and_then(JsCast::dyn_into::<Function>) else { return };
    let trap = Closure::<dyn Fn(Function, Array) -> Result<JsValue, JsValue>>::new(make).into_js_value();
    let traps = Object::new();
    if Reflect::set(&traps, &"construct".into(), &trap).is_ok() {
        // A page that lets nobody replace it goes on without us.
        let _ = Reflect::set(window, &name.into(), &Proxy::new(&target, &traps));
    }
}

fn listen(window: &Window, parent: &Window) {
    let (origin, parent) = (window.location().origin().unwrap_or_default(), JsValue::from(parent));
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let is_stage = event.origin() == origin && event.source().is_some_and(|source| JsValue::from(source) == parent);
        let told = Reflect::get(&event.data(), &LINK.into()).ok().filter(JsValue::is_object);
        if let Some(told) = told.filter(|_| is_stage) {
            take(&told);
        }
    });
    // The name of the event is ours.
    let _ = window.add_event_listener_with_callback("message", heard.as_ref().unchecked_ref());
    heard.forget();
}

fn take(told: &JsValue) {
    let member = |name: &str| Reflect::get(told, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let number = |name: &str| member(name).as_f64().unwrap_or_default();
    let is_cut = member("isCut").is_truthy();
    SHAPE.set(Shape { delay_ms: number("delayMs"), loss_percent: number("lossPercent"), is_cut });
    IS_LOUD.set(member("isLoud").is_truthy());
    if is_cut {
        let lines = LINES.with_borrow_mut(std::mem::take);
        lines.iter().for_each(|line| line.vanish());
    }
}

impl Line {
    fn on(made: JsValue) -> Option<Rc<Self>> {
        let send = Reflect::get(&made, &"send".into()).ok()?.dyn_into().ok()?;
        let line = Rc::new(Self {
            socket: made.dyn_into().ok()?,
            send,
            out: RefCell::default(),
            inward: RefCell::default(),
            is_broken: Cell::new(false),
        });
        let own = Rc::clone(&line);
        let sending = Closure::<dyn Fn(JsValue)>::new(move |data| own.send(data)).into_js_value();
        // On the socket itself it hides the browser's.
        Reflect::set(&line.socket, &"send".into(), &sending).ok()?;
        // Both hear of everything before the page does, because they were here first.
        let own = Rc::clone(&line);
        let hearing = Closure::<dyn Fn(MessageEvent)>::new(move |event| own.hear(&event)).into_js_value();
        line.socket.add_event_listener_with_callback("message", hearing.unchecked_ref()).ok()?;
        let own = Rc::clone(&line);
        let closing = Closure::<dyn Fn(CloseEvent)>::new(move |event: CloseEvent| {
            // It has vanished already, as far as the page knows.
            if event.is_trusted() && own.is_broken.get() {
                event.stop_immediate_propagation();
            }
        });
        line.socket.add_event_listener_with_callback("close", closing.into_js_value().unchecked_ref()).ok()?;
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

    fn hear(self: &Rc<Self>, event: &MessageEvent) {
        // What is ours passes.
        if !event.is_trusted() {
            return;
        }
        event.stop_immediate_propagation();
        if self.passes() {
            self.inward.borrow_mut().push_back(event.data());
            self.after_half(|line| {
                let due = line.inward.borrow_mut().pop_front();
                if let Some(data) = due.filter(|_| !line.is_broken.get()) {
                    let init = MessageEventInit::new();
                    init.set_data(&data);
                    if let Ok(event) = MessageEvent::new_with_event_init_dict("message", &init) {
                        // The page may have closed it meanwhile, and hears nothing then.
                        let _ = line.socket.dispatch_event(&event);
                    }
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
        if wait_ms <= 0.0 && is_first { act(self) } else { self.after(wait_ms as i32, act) }
    }

    fn after(self: &Rc<Self>, wait_ms: i32, act: impl FnOnce(&Rc<Self>) + 'static) {
        let line = Rc::clone(self);
        let due = Closure::once_into_js(move || act(&line));
        if let Some(window) = window() {
            // A window always has a timer.
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(due.unchecked_ref(), wait_ms);
        }
    }

    /// The connection is gone without a word.
    fn vanish(&self) {
        self.is_broken.set(true);
        if self.socket.ready_state() >= WebSocket::CLOSING {
            return;
        }
        let init = CloseEventInit::new();
        init.set_code(CODE_VANISHED);
        if let Ok(event) = CloseEvent::new_with_event_init_dict("close", &init) {
            // Nobody may be listening any more.
            let _ = self.socket.dispatch_event(&event);
        }
        let _ = self.socket.close();
    }
}
