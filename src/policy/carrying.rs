//! What may leave by ways on which others may read along: a feed, whose secret address stands in a program
//! that its owner chose, and mail.

use crate::model::Reach;

/// May the text of a status that somebody may see be carried to them by a feed or by mail? What is written to
/// chosen people alone, or to the members of a group, is for their eyes here: of it, those ways tell no more than
/// that there is something.
pub const fn may_be_carried(reach: Reach) -> bool {
    !matches!(reach, Reach::Direct | Reach::Group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_its_readers_stays() {
        let carried: Vec<Reach> = Reach::ALL.into_iter().filter(|reach| may_be_carried(*reach)).collect();
        assert_eq!(
            carried,
            [Reach::Followers, Reach::Instance, Reach::Company, Reach::Partners, Reach::Public]
        );
    }
}
