//! Sockets between devices and the object: ordered and reliable until they are cut. Then both directions may lose their tail.
//!
//! This file decides when a packet arrives; `storm` decides what happens then.

use std::collections::VecDeque;
use std::rc::Rc;

use protocol::client::Dice;
use protocol::words::event::Millis;

/// Number of a socket, never used twice.
pub(super) type SocketId = usize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Device,
    Object,
}

#[derive(Clone, Debug)]
pub(super) enum Packet {
    /// To the object: a device wants to join. To the device: the socket is open.
    Open {
        query: String,
    },
    Text(Rc<str>),
    Bytes(Rc<[u8]>),
    Close {
        code: u16,
        reason: String,
    },
}

/// One direction of a socket.
#[derive(Debug, Default)]
struct Pipe {
    packets: VecDeque<(Millis, Packet)>,
    last_at: Millis,
    /// Packets that enter no longer come out.
    is_dead: bool,
}

#[derive(Debug)]
pub(super) struct Socket {
    pub device: usize,
    to_device: Pipe,
    to_object: Pipe,
}

#[derive(Debug, Default)]
pub(super) struct Net {
    sockets: Vec<Socket>,
}

impl Net {
    pub fn open(&mut self, device: usize) -> SocketId {
        self.sockets.push(Socket { device, to_device: Pipe::default(), to_object: Pipe::default() });
        self.sockets.len() - 1
    }

    pub fn count(&self) -> u64 {
        self.sockets.len() as u64
    }

    pub fn device_of(&self, socket: SocketId) -> usize {
        self.sockets[socket].device
    }

    /// Sends a packet. Returns its time of arrival; `None` if it never arrives.
    pub fn send(&mut self, now: Millis, dice: &mut Dice, socket: SocketId, to: End, packet: Packet) -> Option<Millis> {
        let pipe = self.pipe(socket, to);
        if pipe.is_dead {
            return None;
        }
        let delay_ms = if dice.chance(3) { dice.up_to(2_500) } else { 5 + dice.up_to(75) };
        pipe.last_at = pipe.last_at.max(now + delay_ms);
        pipe.packets.push_back((pipe.last_at, packet));
        Some(pipe.last_at)
    }

    /// Takes the next packet that has arrived.
    pub fn take(&mut self, now: Millis, socket: SocketId, to: End) -> Option<Packet> {
        let pipe = self.pipe(socket, to);
        let is_there = pipe.packets.front().is_some_and(|(at, _)| *at <= now);
        if is_there { pipe.packets.pop_front().map(|(_, packet)| packet) } else { None }
    }

    /// Closes one end: packets to it are lost.
    pub fn shut(&mut self, socket: SocketId, end: End) {
        let pipe = self.pipe(socket, end);
        pipe.is_dead = true;
        pipe.packets.clear();
    }

    /// Cuts the socket: only a first part of the packets in transit arrives. Returns when each end notices, if it does.
    pub fn cut(&mut self, now: Millis, dice: &mut Dice, socket: SocketId) -> [(End, Option<Millis>); 2] {
        [End::Device, End::Object].map(|to| {
            self.lose_tail(dice, socket, to);
            let close = Packet::Close { code: 1006, reason: String::new() };
            let at = self.send(now, dice, socket, to, close);
            self.pipe(socket, to).is_dead = true;
            (to, at)
        })
    }

    /// Silences the socket: both ends believe that it is open.
    pub fn silence(&mut self, dice: &mut Dice, socket: SocketId) {
        for to in [End::Device, End::Object] {
            self.lose_tail(dice, socket, to);
            self.pipe(socket, to).is_dead = true;
        }
    }

    fn lose_tail(&mut self, dice: &mut Dice, socket: SocketId, to: End) {
        let pipe = self.pipe(socket, to);
        let arriving = dice.up_to(pipe.packets.len() as u64) as usize;
        pipe.packets.truncate(arriving);
    }

    fn pipe(&mut self, socket: SocketId, to: End) -> &mut Pipe {
        let socket = &mut self.sockets[socket];
        match to {
            End::Device => &mut socket.to_device,
            End::Object => &mut socket.to_object,
        }
    }
}
