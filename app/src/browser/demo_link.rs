//! Impaired connections of a device on the stage (`demo.md`): latency, loss, a cut, and sound that is off until the stage wants it.
//! It stands in the place of the browser's `WebSocket` on that page alone, so that no other page pays for it, and the client on top knows
//! nothing of it.
//!
//! The promises of the protocol hold: what is late stays in order, and a stream that lost something loses all that follows and breaks, as a
//! real one does. The client comes back with what it heard last, and sends again what was not acknowledged.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, CloseEventInit, Event, MessageEvent, MessageEventInit, WebSocket, Window};

use super::device::{origin, window};
use super::fetch_override::{capture_events, for_class};
use super::{sound, timer};

/// Time after which a stream that lost something breaks.
const BREAK_MS: u32 = 1_500;
/// Close code of a connection that is gone without a word.
const CODE_VANISHED: u16 = 1006;

#[wasm_bindgen]
extern "C" {
    /// Message between the stage and a device.
    #[wasm_bindgen(extends = Object)]
    pub type StageMessage;

    #[wasm_bindgen(method, getter = cfmLink)]
    fn content(this: &StageMessage) -> JsValue;

    #[wasm_bindgen(method, setter = cfmLink)]
    fn set_content(this: &StageMessage, content: &JsValue);

    /// Conditions that the stage sets for a device: those of its connections, and whether it may sound.
    #[wasm_bindgen(extends = Object)]
    pub type LinkConditions;

    #[wasm_bindgen(method, getter = delayMs)]
    fn delay_ms(this: &LinkConditions) -> Option<f64>;

    /// Says what is added to a round trip.
    #[wasm_bindgen(method, setter = delayMs)]
    pub fn set_delay_ms(this: &LinkConditions, delay_ms: u32);

    #[wasm_bindgen(method, getter = lossPercent)]
    fn loss_percent(this: &LinkConditions) -> Option<f64>;

    /// Says how much gets lost.
    #[wasm_bindgen(method, setter = lossPercent)]
    pub fn set_loss_percent(this: &LinkConditions, loss_percent: u32);

    #[wasm_bindgen(method, getter = isCut)]
    fn is_cut(this: &LinkConditions) -> bool;

    /// Says that nothing passes.
    #[wasm_bindgen(method, setter = isCut)]
    pub fn set_is_cut(this: &LinkConditions, is_cut: bool);

    #[wasm_bindgen(method, getter = isLoud)]
    fn is_loud(this: &LinkConditions) -> bool;

    /// Says that it may sound.
    #[wasm_bindgen(method, setter = isLoud)]
    pub fn set_is_loud(this: &LinkConditions, is_loud: bool);
}

impl LinkConditions {
    /// Makes one that says nothing yet.
    pub fn empty() -> Self {
        Object::new().unchecked_into()
    }
}

impl StageMessage {
    /// Puts something into a message.
    pub fn with(content: &JsValue) -> Self {
        let message: Self = Object::new().unchecked_into();
        message.set_content(content);
        message
    }

    /// Reads the conditions that the stage sets in a message; nothing in one that is not for us.
    fn conditions_in(event: &MessageEvent) -> Option<LinkConditions> {
        let message = Some(event.data()).filter(JsValue::is_object)?.unchecked_into::<Self>();
        Some(message.content()).filter(JsValue::is_object).map(JsCast::unchecked_into)
    }
}

/// Impairment of all connections of the page.
#[derive(Clone, Copy, Default)]
struct Impairment {
    /// Added to a round trip: one half on each way.
    delay_ms: f64,
    loss_percent: f64,
    is_cut: bool,
}

thread_local! {
    static IMPAIRMENT: Cell<Impairment> = const { Cell::new(Impairment { delay_ms: 0.0, loss_percent: 0.0, is_cut: false }) };
    static SOCKETS: RefCell<Vec<Rc<ImpairedSocket>>> = const { RefCell::new(Vec::new()) };
}

/// A socket of the page whose connection is impaired.
struct ImpairedSocket {
    socket: WebSocket,
    /// Way of the browser's own to send on it.
    send: Function,
    /// Messages that are under way in each direction: whatever is due first leaves first.
    out: RefCell<VecDeque<JsValue>>,
    inward: RefCell<VecDeque<JsValue>>,
    /// Something got lost: nothing passes any more.
    is_broken: Cell<bool>,
}

/// Stands between the page and its server from now on, if the page is a frame of the stage. Call it before the first socket.
pub fn install() {
    let Some(window) = window() else { return };
    let parent = window.parent().ok().flatten().filter(|parent| *parent != window);
    let Some(parent) = parent else { return };
    listen(&window, &parent);
    for_class("WebSocket", |class, arguments| {
        if IMPAIRMENT.get().is_cut {
            return Err(JsValue::from_str("the line is cut"));
        }
        let made = Reflect::construct(class, arguments)?;
        SOCKETS.with_borrow_mut(|sockets| {
            sockets.retain(|impaired| impaired.socket.ready_state() < WebSocket::CLOSING);
            sockets.extend(ImpairedSocket::on(made.clone().unchecked_into()));
        });
        Ok(made)
    });
    sound::set_quiet(true);
    // The stage says what holds; whatever else frames us does not answer.
    let _ = parent.post_message(&StageMessage::with(&true.into()), &origin());
}

fn listen(window: &Window, parent: &Window) {
    let parent: Object = parent.clone().into();
    capture_events(window, "message", move |event: MessageEvent| {
        let is_stage = event.origin() == origin() && event.source().is_some_and(|source| source == parent);
        if let Some(conditions) = StageMessage::conditions_in(&event).filter(|_| is_stage) {
            take(&conditions);
        }
    });
}

fn take(conditions: &LinkConditions) {
    let (is_cut, is_loud) = (conditions.is_cut(), conditions.is_loud());
    let delay_ms = conditions.delay_ms().unwrap_or_default();
    let loss_percent = conditions.loss_percent().unwrap_or_default();
    IMPAIRMENT.set(Impairment { delay_ms, loss_percent, is_cut });
    sound::set_quiet(!is_loud);
    if is_loud {
        // The press on the stage is the gesture: its own frames may sound because of it.
        sound::open();
    }
    if is_cut {
        let sockets = SOCKETS.with_borrow_mut(std::mem::take);
        sockets.iter().for_each(|impaired| impaired.vanish());
    }
}

impl ImpairedSocket {
    fn on(socket: WebSocket) -> Option<Rc<Self>> {
        let send = Reflect::get(&socket, &"send".into()).ok()?.dyn_into().ok()?;
        let impaired = Rc::new(Self {
            socket,
            send,
            out: RefCell::default(),
            inward: RefCell::default(),
            is_broken: Cell::new(false),
        });
        let own = Rc::clone(&impaired);
        let sending = Closure::<dyn Fn(JsValue)>::new(move |data| own.send(data)).into_js_value();
        // On the socket itself it hides the browser's.
        let _ = Reflect::set(&impaired.socket, &"send".into(), &sending);
        // Both hear of everything before the page does, because they were here first.
        let own = Rc::clone(&impaired);
        capture_events(&impaired.socket, "message", move |event: MessageEvent| own.receive(&event));
        let own = Rc::clone(&impaired);
        capture_events(&impaired.socket, "close", move |event: CloseEvent| {
            // It has vanished already, as far as the page knows.
            if event.is_trusted() && own.is_broken.get() {
                event.stop_immediate_propagation();
            }
        });
        Some(impaired)
    }

    fn send(self: &Rc<Self>, data: JsValue) {
        if self.passes() {
            self.out.borrow_mut().push_back(data);
            self.after_half(|impaired| {
                let due = impaired.out.borrow_mut().pop_front();
                if let Some(data) = due.filter(|_| !impaired.is_broken.get()) {
                    // A socket that is closing swallows it, as it always does.
                    let _ = impaired.send.call1(&impaired.socket, &data);
                }
            });
        }
    }

    fn receive(self: &Rc<Self>, event: &MessageEvent) {
        // Events that this page dispatches pass.
        if !event.is_trusted() {
            return;
        }
        event.stop_immediate_propagation();
        if self.passes() {
            self.inward.borrow_mut().push_back(event.data());
            self.after_half(|impaired| {
                let due = impaired.inward.borrow_mut().pop_front();
                if let Some(data) = due.filter(|_| !impaired.is_broken.get()) {
                    // The page may have closed it meanwhile, and hears nothing then.
                    let init = MessageEventInit::new();
                    init.set_data(&data);
                    impaired.dispatch(MessageEvent::new_with_event_init_dict("message", &init));
                }
            });
        }
    }

    /// Says whether a message passes. One that gets lost is the end of the stream.
    fn passes(self: &Rc<Self>) -> bool {
        if self.is_broken.get() {
            return false;
        }
        if js_sys::Math::random() * 100.0 >= IMPAIRMENT.get().loss_percent {
            return true;
        }
        self.is_broken.set(true);
        self.after(BREAK_MS, |impaired| impaired.vanish());
        false
    }

    /// Does it when half of what is added to a round trip is over; at once where nothing is added and nothing waits.
    fn after_half(self: &Rc<Self>, act: impl FnOnce(&Rc<Self>) + 'static) {
        let wait_ms = IMPAIRMENT.get().delay_ms / 2.0;
        let is_first = self.out.borrow().len() <= 1 && self.inward.borrow().len() <= 1;
        if wait_ms <= 0.0 && is_first { act(self) } else { self.after(wait_ms as u32, act) }
    }

    fn after(self: &Rc<Self>, wait_ms: u32, act: impl FnOnce(&Rc<Self>) + 'static) {
        let impaired = Rc::clone(self);
        spawn_local(async move {
            timer::wait(wait_ms).await;
            act(&impaired);
        });
    }

    /// Ends the connection without a word.
    fn vanish(&self) {
        self.is_broken.set(true);
        if self.socket.ready_state() >= WebSocket::CLOSING {
            return;
        }
        let init = CloseEventInit::new();
        init.set_code(CODE_VANISHED);
        // Nobody may be listening any more.
        self.dispatch(CloseEvent::new_with_event_init_dict("close", &init));
        let _ = self.socket.close();
    }

    fn dispatch<E: AsRef<Event>>(&self, event: Result<E, JsValue>) {
        if let Ok(event) = event {
            let _ = self.socket.dispatch_event(event.as_ref());
        }
    }
}
