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
use protocol::codec::json;
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, CloseEventInit, Event, MessageEvent, MessageEventInit, WebSocket, Window};

use super::device::{capture, origin, window};
use super::fetch_override::for_class;
use super::{device, sound, timer};

/// Time after which a stream that lost something breaks.
const BREAK_MS: u32 = 1_500;
/// Close code of a connection that vanished without a close frame.
const CODE_VANISHED: u16 = 1006;

protocol::record! {
    /// Conditions that the stage sets for a device.
    #[derive(Clone, Copy, Default)]
    pub struct LinkConditions {
        /// Delay of a round trip; each direction gets one half.
        pub delay_ms: u32 = "delayMs" or 0,
        /// Share of lost messages.
        pub loss_percent: u32 = "lossPercent" or 0,
        /// The connections are cut.
        pub is_cut: bool = "isCut" or false,
        /// Sound is allowed.
        pub is_loud: bool = "isLoud" or false,
    }
}

protocol::record! {
    /// Message of the stage to a device. A device asks for one by a message without conditions.
    #[derive(Default)]
    pub struct StageMessage {
        pub conditions: Option<LinkConditions> = "cfmLink",
    }
}

impl StageMessage {
    /// Sends the message to another window of this site.
    pub fn post(&self, to: &Window) {
        // A frame that has left this site receives nothing.
        let _ = to.post_message(&json::write(self).into(), &origin());
    }
}

thread_local! {
    static CONDITIONS: Cell<LinkConditions> =
        const { Cell::new(LinkConditions { delay_ms: 0, loss_percent: 0, is_cut: false, is_loud: false }) };
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
        if CONDITIONS.get().is_cut {
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
    StageMessage::default().post(&parent);
}

fn listen(window: &Window, parent: &Window) {
    let parent: Object = parent.clone().into();
    capture(window, "message", move |event: MessageEvent| {
        let is_stage = event.origin() == origin() && event.source().is_some_and(|source| source == parent);
        let message = event.data().as_string().filter(|_| is_stage).and_then(|text| json::read::<StageMessage>(&text));
        message.and_then(|message| message.conditions).into_iter().for_each(take);
    });
}

fn take(conditions: LinkConditions) {
    CONDITIONS.set(conditions);
    sound::set_quiet(!conditions.is_loud);
    if conditions.is_loud {
        // The press on the stage is the gesture that allows sound in its frames.
        sound::open();
    }
    if conditions.is_cut {
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
        capture(&impaired.socket, "message", move |event: MessageEvent| own.receive(&event));
        let own = Rc::clone(&impaired);
        capture(&impaired.socket, "close", move |event: CloseEvent| {
            // The page has already received a close event for a broken socket.
            if event.is_trusted() && own.is_broken.get() {
                event.stop_immediate_propagation();
            }
        });
        Some(impaired)
    }

    fn send(self: &Rc<Self>, data: JsValue) {
        self.delay(
            data,
            |impaired| &impaired.out,
            |impaired, data| {
                // A closing socket drops the message, as always.
                let _ = impaired.send.call1(&impaired.socket, data);
            },
        );
    }

    fn receive(self: &Rc<Self>, event: &MessageEvent) {
        // Events that this page dispatches pass.
        if !event.is_trusted() {
            return;
        }
        event.stop_immediate_propagation();
        self.delay(
            event.data(),
            |impaired| &impaired.inward,
            |impaired, data| {
                // The page may have closed the socket; it receives nothing then.
                let init = MessageEventInit::new();
                init.set_data(data);
                impaired.dispatch(MessageEvent::new_with_event_init_dict("message", &init));
            },
        );
    }

    /// Delivers a message of one direction after half of the delay, unless it is lost.
    fn delay(
        self: &Rc<Self>,
        data: JsValue,
        queue: fn(&Self) -> &RefCell<VecDeque<JsValue>>,
        deliver: fn(&Self, &JsValue),
    ) {
        if self.passes() {
            queue(self).borrow_mut().push_back(data);
            self.after_half(move |impaired| {
                let due = queue(impaired).borrow_mut().pop_front();
                if let Some(data) = due.filter(|_| !impaired.is_broken.get()) {
                    deliver(impaired, &data);
                }
            });
        }
    }

    /// Returns `true` if a message passes. A lost message ends the stream.
    fn passes(self: &Rc<Self>) -> bool {
        if self.is_broken.get() {
            return false;
        }
        if js_sys::Math::random() * 100.0 >= f64::from(CONDITIONS.get().loss_percent) {
            return true;
        }
        self.is_broken.set(true);
        self.after(BREAK_MS, |impaired| impaired.vanish());
        false
    }

    /// Runs `act` after half of the delay; at once if there is no delay and no message waits.
    fn after_half(self: &Rc<Self>, act: impl FnOnce(&Rc<Self>) + 'static) {
        let wait_ms = CONDITIONS.get().delay_ms / 2;
        let is_first = self.out.borrow().len() <= 1 && self.inward.borrow().len() <= 1;
        if wait_ms == 0 && is_first { act(self) } else { self.after(wait_ms, act) }
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
