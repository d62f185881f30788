//! Facts of the process table: the processes of a server, and the CPU time of the server, the client and all others.
//!
//! Linux only, like the runtime's host script. The CPU time of a process includes the kernel's work for it, sockets included.

use std::collections::BTreeMap;
use std::fs;

/// Ticks of the kernel's CPU accounting in one second; fixed by Linux for user space.
const TICKS_PER_SECOND: f64 = 100.0;

struct Stat {
    parent: u32,
    command: String,
    state: char,
    ticks: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command may contain blanks and brackets, so fields are counted from the last bracket.
    let (head, tail) = text.rsplit_once(')')?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    Some(Stat {
        command: head.split_once('(')?.1.to_owned(),
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        ticks: ticks(11)? + ticks(12)?,
    })
}

/// Returns `root` and all live processes below it.
pub fn family(root: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return vec![root];
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for pid in pids {
        if let Some(stat) = stat(pid).filter(|stat| stat.state != 'Z') {
            children.entry(stat.parent).or_default().push(pid);
        }
    }
    let mut family = vec![root];
    let mut at = 0;
    while let Some(&parent) = family.get(at) {
        family.extend(children.get(&parent).into_iter().flatten());
        at += 1;
    }
    family
}

/// Returns the workerd below `root`.
pub fn workerd_below(root: u32) -> Option<u32> {
    family(root).into_iter().find(|pid| stat(*pid).is_some_and(|stat| stat.command == "workerd"))
}

/// Returns true if a process is alive; a zombie is not.
pub fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|stat| stat.state != 'Z')
}

/// Returns the CPU seconds of a process.
pub fn cpu_seconds(pid: u32) -> f64 {
    stat(pid).map_or(0.0, |stat| stat.ticks as f64 / TICKS_PER_SECOND)
}

/// Returns the CPU seconds of the whole machine.
pub fn machine_cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = text.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let ticks: Vec<u64> = fields.filter_map(|field| field.parse().ok()).collect();
    // The fields are user, nice, system, idle, iowait, irq, softirq, steal; guest time is part of user.
    let busy: u64 = [0, 1, 2, 5, 6, 7].iter().filter_map(|at| ticks.get(*at)).sum();
    busy as f64 / TICKS_PER_SECOND
}

/// CPU time between two moments.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuUse {
    /// CPU seconds of the server's workerd.
    pub server_s: f64,
    /// Cores of the load client (1 is a saturated client, because it has one thread).
    pub client_cores: f64,
    /// Cores of all other processes.
    pub others_cores: f64,
}

/// Meter of CPU time since its creation.
pub struct CpuMeter {
    server: u32,
    began: std::time::Instant,
    before: [f64; 3],
}

impl CpuMeter {
    /// Starts a measurement.
    pub fn start(server: u32) -> Self {
        Self { server, began: std::time::Instant::now(), before: Self::read(server) }
    }

    fn read(server: u32) -> [f64; 3] {
        [cpu_seconds(server), cpu_seconds(std::process::id()), machine_cpu_seconds()]
    }

    /// Returns the CPU time since then.
    pub fn read_now(&self) -> CpuUse {
        let after = Self::read(self.server);
        let used: Vec<f64> = after.iter().zip(self.before).map(|(after, before)| (after - before).max(0.0)).collect();
        let [server_s, client_s, machine_s] = used[..] else {
            return CpuUse::default();
        };
        let seconds = self.began.elapsed().as_secs_f64().max(1e-3);
        let others_cores = ((machine_s - server_s - client_s) / seconds).max(0.0);
        CpuUse { server_s, client_cores: client_s / seconds, others_cores }
    }
}
