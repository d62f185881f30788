//! The command line.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::scenario::{Scale, Scenario};
use crate::server::Kind;

/// Usage of the command.
pub const USAGE: &str = "\
usage: cargo run -p bench --release -- [--quick] [--rounds N] [--only SCENARIO,…] [--servers SERVER,…] [--before FOLDER]
  --quick     short measurements and one round: shows that everything works, is no measurement
  --rounds    rounds that alternate between the servers (default 3)
  --only      typing echo fan-out-30 fan-out-200 fan-out-1000 saturation rate rooms joins kill-9
              hub-post hub-fan-out publish push-1 push-14 push-100 pull
              push-0.4-1 push-0.4-14 push-0.4-100 pull-0.4 packets
  --servers   product product-columns limit-js limit-js-b0 limit-js-sql limit-js-sqlb0
              hub-js hopeflow-js livestore-js livestore-original livestore-0.4-original packets-rust packets-js
              socket.io takes part only when it is named
  --before    another clone with its release build: takes part as product-before, in the same rounds
CFM_BUILT=1 in the environment: the release build is there and need not be made again.";

/// Options of the command.
#[derive(Debug, PartialEq)]
pub struct Options {
    /// Length of the measurements.
    pub scale: Scale,
    pub rounds: usize,
    /// Scenarios, in the order in which they run.
    pub scenarios: Vec<Scenario>,
    /// Servers that take part.
    pub servers: Vec<Kind>,
    /// Root of the repository of [`Kind::ProductBefore`].
    pub before: Option<PathBuf>,
}

impl Options {
    /// Parses the arguments.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut arguments = arguments.into_iter();
        let servers = Kind::ALL.into_iter().filter(|kind| kind.takes_part_unasked()).collect();
        let mut options =
            Self { scale: Scale::Full, rounds: 0, scenarios: Scenario::ALL.to_vec(), servers, before: None };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value\n{USAGE}"));
            match argument.as_str() {
                "--quick" => options.scale = Scale::Quick,
                "--rounds" => options.rounds = value()?.parse().context("--rounds is a number")?,
                "--only" => {
                    let names = value()?;
                    options.scenarios = chosen(&names, &Scenario::ALL, Scenario::name)?;
                }
                "--servers" => {
                    let names = value()?;
                    let named = Kind::ALL.into_iter().filter(|kind| *kind != Kind::ProductBefore).collect::<Vec<_>>();
                    options.servers = chosen(&names, &named, Kind::name)?;
                }
                "--before" => options.before = Some(value()?.into()),
                _ => bail!("unknown argument {argument}\n{USAGE}"),
            }
        }
        if let Some(before) = &options.before {
            options.before = Some(before.canonicalize().with_context(|| format!("{} is no folder", before.display()))?);
            options.servers.push(Kind::ProductBefore);
        }
        if options.rounds == 0 {
            options.rounds = options.scale.pick(1, 3);
        }
        Ok(options)
    }
}

/// Returns the entries of `all` that `names` lists, in the order of `all`.
fn chosen<T: Copy>(names: &str, all: &[T], name_of: impl Fn(T) -> &'static str) -> Result<Vec<T>> {
    if let Some(unknown) = names.split(',').find(|name| !all.iter().any(|one| name_of(*one) == *name)) {
        bail!("{unknown} is unknown\n{USAGE}");
    }
    Ok(all.iter().copied().filter(|one| names.split(',').any(|name| name == name_of(*one))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_peer_takes_part_only_when_it_is_named() {
        assert!(!parse("--only echo").unwrap().servers.contains(&Kind::SocketIo));
        assert_eq!(parse("--servers socket.io,product").unwrap().servers, [Kind::Product, Kind::SocketIo]);
    }

    #[test]
    fn another_build_takes_part_when_its_folder_is_named() {
        let options = parse("--servers product --before .").unwrap();
        assert_eq!(options.servers, [Kind::Product, Kind::ProductBefore]);
        assert!(options.before.is_some_and(|before| before.is_absolute()));
        assert!(!parse("").unwrap().servers.contains(&Kind::ProductBefore));
        assert!(parse("--servers product-before").is_err());
        assert!(parse("--before no/such/folder").is_err());
    }

    #[test]
    fn arguments_are_read_or_refused() {
        let options = parse("--quick --only echo,kill-9 --servers product").unwrap();
        assert_eq!((options.scale, options.rounds), (Scale::Quick, 1));
        assert_eq!(options.scenarios, [Scenario::Echo, Scenario::Kill9]);
        assert_eq!(options.servers, [Kind::Product]);
        assert_eq!(parse("").unwrap().rounds, 3);
        assert!(parse("--only nothing").is_err());
        assert!(parse("--rounds").is_err());
        assert!(parse("--slow").is_err());
    }
}
