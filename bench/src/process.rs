//! Facts of the process table: the processes that belong to a server, and the CPU that was used, by it, by us, and by
//! everybody else.
//!
//! Linux only, as the runtime's host script is. A process counts with the CPU the kernel spent on its behalf, sockets
//! included.

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
    // The command may contain blanks and brackets: the fields after the last bracket are fixed.
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

/// `root` and all living processes below it.
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

/// The workerd below `root`.
pub fn workerd_below(root: u32) -> Option<u32> {
    family(root).into_iter().find(|pid| stat(*pid).is_some_and(|stat| stat.command == "workerd"))
}

/// Returns true if a process runs; one that waits to be buried does not.
pub fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|stat| stat.state != 'Z')
}

/// Seconds of CPU that a process has used.
pub fn cpu_seconds(pid: u32) -> f64 {
    stat(pid).map_or(0.0, |stat| stat.ticks as f64 / TICKS_PER_SECOND)
}

/// Seconds of CPU that the whole machine has used.
pub fn machine_cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = text.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let ticks: Vec<u64> = fields.filter_map(|field| field.parse().ok()).collect();
    // user nice system idle iowait irq softirq steal; what guests use is in user already.
    let busy: u64 = [0, 1, 2, 5, 6, 7].iter().filter_map(|at| ticks.get(*at)).sum();
    busy as f64 / TICKS_PER_SECOND
}

/// CPU used between two moments.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuUse {
    /// By the server's workerd, in seconds.
    pub server_s: f64,
    /// By the load client, in cores (1 is a saturated client: it has one thread).
    pub client_cores: f64,
    /// By everything else on the machine, in cores.
    pub others_cores: f64,
}

/// Measures CPU from its creation on.
pub struct CpuMeter {
    server: u32,
    began: std::time::Instant,
    before: [f64; 3],
}

impl CpuMeter {
    /// Begins to measure.
    pub fn start(server: u32) -> Self {
        Self { server, began: std::time::Instant::now(), before: Self::read(server) }
    }

    fn read(server: u32) -> [f64; 3] {
        [cpu_seconds(server), cpu_seconds(std::process::id()), machine_cpu_seconds()]
    }

    /// Returns the CPU that was used since.
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
