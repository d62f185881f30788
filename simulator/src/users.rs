//! People of the simulator: everybody who may ever be in the room, and who has a device elsewhere.

use protocol::words::ids::UserId;

/// Everybody who may ever be in the group.
pub(super) const USERS: [&str; 3] = ["user_1", "user_2", "user_3"];

/// The id of one of them.
pub(super) fn user(name: &str) -> UserId {
    UserId::parse(name).expect("users of the simulator have good ids")
}

/// Has one more device, which never opens the room and must be told of everything.
const ELSEWHERE: &str = "user_1";

/// Returns `true` when the person has such a device.
pub(super) fn is_elsewhere(user: &str) -> bool {
    user == ELSEWHERE
}
