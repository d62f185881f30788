//! Variables one by one: texts, flags, secrets, and the first complaint about them.

use std::str::FromStr;

use protocol::trust::secret::Strength;
use protocol::words::refusal::Fault;

use super::environment::Environment;
use crate::telemetry;

/// Pepper of a person's machine.
const DEV_PEPPER: &str = "dev";

/// Reads variables and keeps the first complaint.
pub struct VariableReader<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    pub environment: Environment,
    pub problem: Option<String>,
}

impl<'a> VariableReader<'a> {
    pub fn new(variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let environment = match variable("ENV").as_deref() {
            Some("dev") => Environment::Dev,
            _ => Environment::Production,
        };
        Self { variable, environment, problem: None }
    }

    /// Returns true on a person's machine: test and load variables count there.
    pub fn is_dev(&self) -> bool {
        self.environment == Environment::Dev
    }

    pub fn text(&self, name: &str) -> Option<String> {
        (self.variable)(name)
    }

    /// The same of a variable for tests.
    pub fn test_text(&self, name: &str) -> Option<String> {
        self.text(name).filter(|_| self.is_dev())
    }

    /// The number in a variable for tests; one that cannot be read counts for none.
    pub fn test_number<T: FromStr>(&self, name: &str) -> Option<T> {
        self.test_text(name)?.parse().ok()
    }

    /// Words with commas between them.
    pub fn list(&self, name: &str, default: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_else(|| default.to_owned());
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    pub fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.text(name).as_deref() {
            None => default,
            Some("1") => true,
            Some("0") => false,
            Some(_) => {
                self.complain(name, "0 or 1");
                default
            }
        }
    }

    /// The same of a variable for tests, which is no where it does not count.
    pub fn test_flag(&mut self, name: &str) -> bool {
        self.is_dev() && self.flag(name, false)
    }

    /// A secret of the deployment. One that is short enough to be guessed counts for none where that is enforced, and a line says so: what
    /// needs it fails closed.
    pub fn secret(&self, name: &str, strength: Strength, is_enforced: bool) -> Option<String> {
        let given = self.text(name);
        let is_enough = !is_enforced || given.as_ref().is_none_or(|secret| strength.is_enough(secret.as_bytes()));
        if !is_enough {
            let words = format!("{name} is shorter than {} and opens nothing", strength.words());
            telemetry::fault("config", &Fault(words));
        }
        given.filter(|_| is_enough)
    }

    /// A secret that signs or is mixed in. Only a person's machine gets by without one of its own: everywhere else what needs it fails closed.
    pub fn pepper(&self, name: &str) -> Option<String> {
        self.secret(name, Strength::Key, !self.is_dev()).or_else(|| self.dev_pepper())
    }

    /// The pepper of a person's machine.
    pub fn dev_pepper(&self) -> Option<String> {
        self.is_dev().then(|| DEV_PEPPER.to_owned())
    }

    /// One of these words; complains about any other value.
    pub fn word(&mut self, name: &str, words: &'static str) -> Option<&'static str> {
        let value = self.text(name)?;
        let word = words.split(", ").find(|word| *word == value);
        if word.is_none() {
            self.complain(name, words);
        }
        word
    }

    /// A value that was read elsewhere, with the complaint about it.
    pub fn checked<T>(&mut self, (value, complaint): (T, Option<String>)) -> T {
        self.problem = self.problem.take().or(complaint);
        value
    }

    /// Says that a variable cannot be used, and never its value: it may be a secret.
    pub fn complain(&mut self, name: &str, expected: &str) {
        self.problem.get_or_insert_with(|| format!("the variable {name} is not {expected}"));
    }
}
