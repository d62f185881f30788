//! Names of fields (`home.md` 1): a group, a slash, and the id of the subject.

use crate::words::limits::HOME_NAME_BYTES_MAX;

crate::words! {
    /// Group of fields: the first part of their names.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum HomeGroup {
        Favourite = "favourite",
        Group = "group",
        /// Groups with a certain person.
        Member = "member",
        Nickname = "nickname",
        Kept = "kept",
        Chat = "chat",
        Mute = "mute",
        Look = "look",
        Quick = "quick",
        /// A group of the list that the product makes.
        List = "list",
    }
}

impl HomeGroup {
    /// Returns the name of the field of `id` in this group.
    pub fn name(self, id: &str) -> String {
        format!("{}/{id}", self.as_str())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HomeField<'a> {
    pub group: HomeGroup,
    pub id: &'a str,
}

impl<'a> HomeField<'a> {
    pub fn parse(name: &'a str) -> Option<Self> {
        let (group, id) = name.split_once('/')?;
        let field = Self { group: HomeGroup::parse(group)?, id };
        let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic());
        let has_parts = field.group != HomeGroup::Kept || field.message().is_some();
        (is_plain && has_parts && name.len() <= HOME_NAME_BYTES_MAX).then_some(field)
    }

    /// Returns room and message of a kept message.
    pub fn message(self) -> Option<(&'a str, &'a str)> {
        self.id.split_once('/').filter(|(room, message)| !room.is_empty() && !message.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_each_group_reads_back() {
        for group in HomeGroup::ALL {
            let name = group.name("general/m1");
            assert_eq!(HomeField::parse(&name), Some(HomeField { group, id: "general/m1" }));
        }
        let kept = HomeField::parse("kept/general/m1").unwrap();
        assert_eq!(kept.message(), Some(("general", "m1")));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = HomeGroup::Look.name(&"x".repeat(HOME_NAME_BYTES_MAX - 4));
        let longest = HomeGroup::Look.name(&"x".repeat(HOME_NAME_BYTES_MAX - 5));
        assert!(HomeField::parse(&longest).is_some());
        let bad = [
            "",
            "favourite",
            "favourite/",
            "friend/u_bo",
            "nickname/b o",
            "nickname/bö",
            "kept/general",
            "kept//m1",
            long.as_str(),
        ];
        assert_eq!(bad.map(HomeField::parse), [None; 9]);
    }
}
