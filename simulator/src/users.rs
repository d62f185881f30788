//! People of the simulator, and those with a device elsewhere.

use protocol::words::ids::UserId;

/// All people who may ever be in the group.
pub(super) const USERS: [&str; 3] = ["user_1", "user_2", "user_3"];

pub(super) fn user(name: &str) -> UserId {
    UserId::parse(name).expect("users of the simulator have good ids")
}

/// Person with one more device, which never opens the room and must get all notifications.
const ELSEWHERE: &str = "user_1";

/// Returns `true` if the person has such a device.
pub(super) fn is_elsewhere(user: &str) -> bool {
    user == ELSEWHERE
}
