//! Syndication: the posts whose text may leave by feeds and mails. Others may be able to read these: the
//! secret URL of a feed is stored in another program, and mail is not encrypted.

use crate::model::Reach;

/// Whether the text of a status may be sent to its reader by a feed or mail. Direct messages and posts for
/// members of a group may not: feeds and mails only mention that they exist.
pub const fn may_be_syndicated(reach: Reach) -> bool {
    !matches!(reach, Reach::Direct | Reach::Group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_its_readers_stays() {
        let carried: Vec<Reach> =
            Reach::ALL.iter().copied().filter(|reach| may_be_syndicated(*reach)).collect();
        assert_eq!(
            carried,
            [Reach::Followers, Reach::Instance, Reach::Company, Reach::Partners, Reach::Public]
        );
    }
}
