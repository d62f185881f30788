//! Arguments of a command: flags with or without a value, each taken once by name. An unknown argument is an error.

use anyhow::{Result, bail};

/// Words behind the command's name.
pub struct Arguments {
    words: Vec<String>,
}

impl Arguments {
    /// Wraps the words after the command.
    pub fn new(words: impl Iterator<Item = String>) -> Self {
        Self { words: words.collect() }
    }

    /// Takes a flag without a value; returns true if it was there.
    pub fn flag(&mut self, name: &str) -> bool {
        let found = self.words.iter().position(|word| word == name);
        found.map(|index| self.words.remove(index)).is_some()
    }

    /// Takes a flag with its value, `--name value` or `--name=value`.
    pub fn value(&mut self, name: &str) -> Result<Option<String>> {
        let joined = format!("{name}=");
        let Some(index) = self.words.iter().position(|word| word == name || word.starts_with(&joined)) else {
            return Ok(None);
        };
        let word = self.words.remove(index);
        if let Some(value) = word.strip_prefix(&joined) {
            return Ok(Some(value.to_owned()));
        }
        if index >= self.words.len() {
            bail!("{name} needs a value");
        }
        Ok(Some(self.words.remove(index)))
    }

    /// Takes the rest, for a tool that is started with it.
    pub fn rest(&mut self) -> Vec<String> {
        std::mem::take(&mut self.words)
    }

    /// Takes the rest as names from a list; without any, returns the whole list.
    pub fn names(&mut self, of: &[&'static str]) -> Result<Vec<&'static str>> {
        let wanted = self.rest();
        if let Some(unknown) = wanted.iter().find(|word| !of.contains(&word.as_str())) {
            bail!("there is no `{unknown}`: {}", of.join(", "));
        }
        Ok(of.iter().copied().filter(|name| wanted.is_empty() || wanted.iter().any(|word| word == name)).collect())
    }

    /// Refuses the words that no flag took.
    pub fn finish(&self) -> Result<()> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => bail!("`{word}` is not understood here; `cargo xtask help` lists the flags"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn arguments(line: &str) -> Arguments {
        Arguments::new(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn values_come_joined_or_apart_and_repeat() {
        let mut given = arguments("--var A=1 --port=9 --var B=2");
        assert_eq!(given.value("--port").unwrap().as_deref(), Some("9"));
        assert_eq!(given.value("--var").unwrap().as_deref(), Some("A=1"));
        assert_eq!(given.value("--var").unwrap().as_deref(), Some("B=2"));
        assert_eq!(given.value("--var").unwrap(), None);
        assert!(given.finish().is_ok());
    }

    #[test]
    fn a_missing_value_and_an_unknown_word_are_errors() {
        assert!(arguments("--port").value("--port").is_err());
        assert!(arguments("--prot 1").finish().is_err());
    }
}
