//! Counters of received messages: deliveries, latencies, and lost, duplicate or reordered messages, by the marker in each text.
//!
//! Pure: times are arguments, and the code knows neither sockets nor servers.

use std::collections::BTreeSet;

use crate::clock::Nanos;
use crate::marker::{self, Marker};

/// Deliveries whose latencies are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timed {
    /// All deliveries.
    All,
    /// Deliveries to the sender.
    Own,
}

/// Counts of faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Missing deliveries.
    pub lost: u64,
    /// Duplicate deliveries.
    pub duplicated: u64,
    /// Deliveries after a later one of the same sender.
    pub reordered: u64,
}

impl Faults {
    /// Adds two counts.
    pub fn plus(self, other: Self) -> Self {
        Self {
            lost: self.lost + other.lost,
            duplicated: self.duplicated + other.duplicated,
            reordered: self.reordered + other.reordered,
        }
    }
}

/// Messages of one sender at one receiver.
#[derive(Clone, Debug, Default)]
struct Stream {
    next: u32,
    skipped: BTreeSet<u32>,
}

#[derive(Clone, Debug, Default)]
struct Sender {
    /// Due time of each message, by its number.
    sent_at: Vec<Nanos>,
    /// Messages that any member received.
    delivered: Vec<bool>,
    acknowledged: Vec<bool>,
    /// Streams by receiver.
    streams: Vec<Stream>,
}

/// Counters of one crowd.
#[derive(Debug)]
pub struct DeliveryCounters {
    run: u16,
    /// Room of each member.
    rooms: Vec<usize>,
    room_sizes: Vec<u64>,
    senders: Vec<Sender>,
    /// Number of expected deliveries.
    expected: u64,
    /// Number of deliveries, without duplicates.
    arrived: u64,
    faults: Faults,
    /// Deliveries whose latencies are recorded.
    pub timed: Timed,
    /// Time from which due messages are timed.
    pub timed_from: Nanos,
    /// Recorded latencies.
    pub latencies: Vec<Nanos>,
    /// Number of all frames.
    pub frames: u64,
    /// Number of their bytes.
    pub bytes: u64,
    /// Number of messages whose sender has the acknowledgement.
    pub acks: u64,
}

impl DeliveryCounters {
    /// Makes the counters of `run` for members in these rooms.
    pub fn new(run: u16, rooms: Vec<usize>) -> Self {
        let mut room_sizes = vec![0; rooms.iter().max().map_or(0, |last| last + 1)];
        for room in &rooms {
            room_sizes[*room] += 1;
        }
        let senders = vec![Sender::default(); rooms.len()];
        Self {
            run,
            rooms,
            room_sizes,
            senders,
            expected: 0,
            arrived: 0,
            faults: Faults::default(),
            timed: Timed::All,
            timed_from: 0,
            latencies: Vec::new(),
            frames: 0,
            bytes: 0,
            acks: 0,
        }
    }

    /// Returns the number of the run in this crowd's markers.
    pub fn run(&self) -> u16 {
        self.run
    }

    /// Records a message of `sender` that is sent now (or was due at `at`), and returns its marker.
    pub fn sent(&mut self, sender: usize, at: Nanos) -> Marker {
        let members = self.rooms.len();
        self.expected += self.room_sizes[self.rooms[sender]];
        let log = &mut self.senders[sender];
        if log.streams.is_empty() {
            log.streams = vec![Stream::default(); members];
        }
        log.sent_at.push(at);
        log.delivered.push(false);
        log.acknowledged.push(false);
        Marker { run: self.run, sender: sender as u16, number: log.sent_at.len() as u32 - 1 }
    }

    /// Counts one frame at `receiver`, and returns the number of the receiver's own messages in it.
    pub fn on_frame(&mut self, receiver: usize, frame: &[u8], at: Nanos) -> u32 {
        self.frames += 1;
        self.bytes += frame.len() as u64;
        let mut own = 0;
        marker::each_in(frame, |marker| {
            if marker.run == self.run {
                own += u32::from(usize::from(marker.sender) == receiver);
                self.delivered(receiver, marker, at);
            }
        });
        own
    }

    fn delivered(&mut self, receiver: usize, marker: Marker, at: Nanos) {
        let (sender, number) = (usize::from(marker.sender), marker.number);
        let Some(log) = self.senders.get_mut(sender) else {
            return;
        };
        let (Some(&sent_at), Some(stream)) = (log.sent_at.get(number as usize), log.streams.get_mut(receiver)) else {
            return;
        };
        if number >= stream.next {
            stream.skipped.extend(stream.next..number);
            stream.next = number + 1;
        } else if stream.skipped.remove(&number) {
            self.faults.reordered += 1;
        } else {
            self.faults.duplicated += 1;
            return;
        }
        self.arrived += 1;
        log.delivered[number as usize] = true;
        let is_timed = match self.timed {
            Timed::All => true,
            Timed::Own => sender == receiver,
        };
        if is_timed && sent_at >= self.timed_from {
            self.latencies.push(at.saturating_sub(sent_at));
        }
    }

    /// Records the acknowledgement of a message.
    pub fn acknowledged(&mut self, marker: Marker) {
        let log = self.senders.get_mut(usize::from(marker.sender));
        if let Some(done) = log.and_then(|log| log.acknowledged.get_mut(marker.number as usize)) {
            *done = true;
            self.acks += 1;
        }
    }

    /// Returns the number of deliveries without duplicates.
    pub fn arrived(&self) -> u64 {
        self.arrived
    }

    /// Returns true if all deliveries have arrived.
    pub fn is_complete(&self) -> bool {
        self.arrived == self.expected
    }

    /// Returns the faults so far; missing deliveries count as lost.
    pub fn faults(&self) -> Faults {
        Faults { lost: self.expected - self.arrived, ..self.faults }
    }

    /// Returns the messages that a member received, or whose sender has the acknowledgement.
    pub fn promised(&self) -> BTreeSet<Marker> {
        let run = self.run;
        let of = |(sender, log): (usize, &Sender)| {
            let promised = log.delivered.iter().zip(&log.acknowledged).map(|(delivered, acked)| *delivered || *acked);
            let numbers: Vec<u32> = (0..).zip(promised).filter(|(_, promised)| *promised).map(|(at, _)| at).collect();
            numbers.into_iter().map(move |number| Marker { run, sender: sender as u16, number })
        };
        self.senders.iter().enumerate().flat_map(of).collect()
    }

    /// Takes the latencies, sorted.
    pub fn take_latencies(&mut self) -> Vec<Nanos> {
        let mut latencies = std::mem::take(&mut self.latencies);
        latencies.sort_unstable();
        latencies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(markers: &[Marker]) -> Vec<u8> {
        let mut text = String::new();
        for marker in markers {
            marker.push_text(&mut text);
        }
        text.into_bytes()
    }

    #[test]
    fn loss_duplicate_and_reordering_are_told_apart() {
        let mut counters = DeliveryCounters::new(7, vec![0, 0]);
        let sent: Vec<Marker> = (0..4).map(|at| counters.sent(0, at * 10)).collect();
        assert_eq!(counters.on_frame(0, &frame(&sent), 100), 4, "own");
        assert_eq!(counters.on_frame(1, &frame(&[sent[0], sent[2], sent[1], sent[1]]), 100), 0);
        assert!(!counters.is_complete());
        assert_eq!(counters.faults(), Faults { lost: 1, duplicated: 1, reordered: 1 });
        counters.on_frame(1, &frame(&sent[3..]), 100);
        assert!(counters.is_complete());
        assert_eq!(counters.faults(), Faults { lost: 0, duplicated: 1, reordered: 1 });
        assert_eq!((counters.arrived(), counters.frames), (8, 3));
    }

    #[test]
    fn only_the_latencies_that_were_asked_for_are_kept() {
        let mut counters = DeliveryCounters::new(7, vec![0, 0]);
        counters.timed = Timed::Own;
        counters.timed_from = 10;
        let early = counters.sent(0, 5);
        let timed = counters.sent(0, 10);
        for receiver in 0..2 {
            counters.on_frame(receiver, &frame(&[early, timed]), 30);
        }
        assert_eq!(counters.take_latencies(), [20]);
    }

    #[test]
    fn other_rooms_and_other_runs_do_not_count() {
        let mut counters = DeliveryCounters::new(7, vec![0, 1]);
        let marker = counters.sent(0, 0);
        assert_eq!(counters.on_frame(0, &frame(&[Marker { run: 8, ..marker }]), 1), 0);
        assert_eq!(counters.arrived(), 0);
        counters.on_frame(0, &frame(&[marker]), 1);
        assert!(counters.is_complete(), "the other member is in another room");
    }

    #[test]
    fn promised_is_what_was_acknowledged_or_seen() {
        let mut counters = DeliveryCounters::new(7, vec![0]);
        let sent: Vec<Marker> = (0..3).map(|at| counters.sent(0, at)).collect();
        counters.acknowledged(sent[0]);
        counters.on_frame(0, &frame(&sent[1..2]), 9);
        assert_eq!(counters.promised().into_iter().collect::<Vec<_>>(), sent[..2]);
    }
}
