//! The command line of `bench chaos`.

use std::time::Duration;

use anyhow::{Context, Result, bail};

const USAGE: &str = "usage: bench chaos [--seconds N (60)] [--rate MESSAGES_PER_SECOND (200)] [--seed N]";

/// Options of the command.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// Duration of the storm.
    pub storm: Duration,
    /// Messages per second by all people together.
    pub rate: u64,
    /// Seed of cuts and reloads; the network adds its own randomness.
    pub seed: u64,
}

impl Options {
    /// Parses the arguments.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { storm: Duration::from_secs(60), rate: 200, seed: 1 };
        while let Some(name) = arguments.next() {
            let value = arguments.next().with_context(|| format!("{name} needs a value\n{USAGE}"))?;
            let number: u64 = value.parse().with_context(|| format!("{name} {value} is no number\n{USAGE}"))?;
            match name.as_str() {
                "--seconds" => options.storm = Duration::from_secs(number),
                "--rate" => options.rate = number,
                "--seed" => options.seed = number,
                _ => bail!("unknown argument {name}\n{USAGE}"),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_or_refused() {
        let parse = |line: &str| Options::parse(line.split_whitespace().map(str::to_owned));
        let given = parse("--seconds 15 --seed 7").unwrap();
        assert_eq!(given, Options { storm: Duration::from_secs(15), rate: 200, seed: 7 });
        assert!(parse("--seconds").is_err());
        assert!(parse("--fast 1").is_err());
        assert!(parse("--rate many").is_err());
    }
}
