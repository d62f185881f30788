//! Impaired connections of a device on the stage (`demo.md`): latency, loss, a cut, and sound that is off until the stage wants it. The
//! code replaces the browser's `WebSocket` on that page alone, so that no other page pays for it. The client above is unchanged.
//!
//! The guarantees of the protocol hold: delayed messages stay in order. A stream that has lost a message loses all later ones and breaks,
//! as a real one does. The client reconnects with its last position and sends unacknowledged messages again.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, CloseEventInit, Event, MessageEvent, MessageEventInit, WebSocket, Window};

use super::device::{origin, window};
use super::fetch_override::{capture_events, for_class};
use super::{device, sound, timer};

/// Time after which a stream that lost something breaks.
const BREAK_MS: u32 = 1_500;
/// Close code of a connection that vanished without a close frame.
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

    /// Conditions that the stage sets for a device: those of its connections, and whether sound is allowed.
    #[wasm_bindgen(extends = Object)]
    pub type LinkConditions;

    #[wasm_bindgen(method, getter = delayMs)]
    fn delay_ms(this: &LinkConditions) -> Option<f64>;

    /// Sets the delay of a round trip.
    #[wasm_bindgen(method, setter = delayMs)]
    pub fn set_delay_ms(this: &LinkConditions, delay_ms: u32);

    #[wasm_bindgen(method, getter = lossPercent)]
    fn loss_percent(this: &LinkConditions) -> Option<f64>;

    /// Sets the share of lost messages.
    #[wasm_bindgen(method, setter = lossPercent)]
    pub fn set_loss_percent(this: &LinkConditions, loss_percent: u32);

    #[wasm_bindgen(method, getter = isCut)]
    fn is_cut(this: &LinkConditions) -> bool;

    /// Sets whether the connection is cut.
    #[wasm_bindgen(method, setter = isCut)]
    pub fn set_is_cut(this: &LinkConditions, is_cut: bool);

    #[wasm_bindgen(method, getter = isLoud)]
    fn is_loud(this: &LinkConditions) -> bool;

    /// Sets whether sound is allowed.
    #[wasm_bindgen(method, setter = isLoud)]
    pub fn set_is_loud(this: &LinkConditions, is_loud: bool);
}

impl LinkConditions {
    /// Makes an empty set of conditions.
    pub fn empty() -> Self {
        Object::new().unchecked_into()
    }
}

impl StageMessage {
    /// Makes a message with content.
    pub fn with(content: &JsValue) -> Self {
        let message: Self = Object::new().unchecked_into();
        message.set_content(content);
        message
    }

    /// Reads the conditions in a message of the stage; `None` for other messages.
    fn conditions_in(event: &MessageEvent) -> Option<LinkConditions> {
        let message = Some(event.data()).filter(JsValue::is_object)?.unchecked_into::<Self>();
        Some(message.content()).filter(JsValue::is_object).map(JsCast::unchecked_into)
    }
}

/// Impairment of all connections of the page.
#[derive(Clone, Copy, Default)]
struct Impairment {
    /// Delay of a round trip; each direction gets one half.
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
    /// The browser's own `send` of the socket.
    send: Function,
    /// Delayed messages of each direction, in the order in which they were sent.
    out: RefCell<VecDeque<JsValue>>,
    inward: RefCell<VecDeque<JsValue>>,
    /// A message was lost, so nothing passes any more.
    is_broken: Cell<bool>,
}

/// Impairs the sockets of the page from now on, if the page is a frame of the stage. Call it before the first socket.
pub fn install() {
    let Some(window) = window() else { return };
    let parent = window.parent().ok().flatten().filter(|parent| *parent != window);
    let Some(parent) = parent else { return };
    device::stand_on_stage();
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
    // The stage answers with the conditions; another parent does not answer.
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
        // The press on the stage is the gesture that allows sound in its frames.
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
        // A property of the socket itself hides the browser's method.
        let _ = Reflect::set(&impaired.socket, &"send".into(), &sending);
        // These listeners run before those of the page, because they were added first.
        let own = Rc::clone(&impaired);
        capture_events(&impaired.socket, "message", move |event: MessageEvent| own.receive(&event));
        let own = Rc::clone(&impaired);
        capture_events(&impaired.socket, "close", move |event: CloseEvent| {
            // The page has already received a close event for a broken socket.
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
                    // A closing socket drops the message, as always.
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
                    // The page may have closed the socket; it receives nothing then.
                    let init = MessageEventInit::new();
                    init.set_data(&data);
                    impaired.dispatch(MessageEvent::new_with_event_init_dict("message", &init));
                }
            });
        }
    }

    /// Returns `true` if a message passes. A lost message ends the stream.
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

    /// Runs `act` after half of the delay; at once if there is no delay and no message waits.
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

    /// Ends the connection without a close frame.
    fn vanish(&self) {
        self.is_broken.set(true);
        if self.socket.ready_state() >= WebSocket::CLOSING {
            return;
        }
        let init = CloseEventInit::new();
        init.set_code(CODE_VANISHED);
        // The socket may have no listener.
        self.dispatch(CloseEvent::new_with_event_init_dict("close", &init));
        let _ = self.socket.close();
    }

    fn dispatch<E: AsRef<Event>>(&self, event: Result<E, JsValue>) {
        if let Ok(event) = event {
            let _ = self.socket.dispatch_event(event.as_ref());
        }
    }
}
