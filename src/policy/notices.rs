//! Whose notifications reach somebody, and which of them are shown together.

use crate::model::notice::{NoticePolicy, Verdict};
use crate::model::notification::NotificationKind;
use crate::model::{StatusId, Timestamp};

/// How old an account is that is not new, in seconds.
pub const NEW_ACCOUNT: i64 = 30 * 86_400;
/// How long somebody has followed who counts as a follower, in seconds.
pub const NEW_FOLLOWER: i64 = 3 * 86_400;
/// Things of one kind are shown together if they happened within the same half day.
const TOGETHER: i64 = 12 * 3_600_000;

/// What must be known of a notification's sender to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SenderFacts {
    /// The reader follows them.
    pub followed: bool,
    /// They have followed the reader for a while.
    pub follower: bool,
    /// Their account is new.
    pub new: bool,
    /// They are a program.
    pub bot: bool,
    /// Moderation keeps them at arm's length.
    pub limited: bool,
    /// It is a private mention that answers nothing of the reader's.
    pub private: bool,
    /// The reader let their notifications through, or they are of those who run the instance.
    pub trusted: bool,
}

/// What happens to a notification: the hardest of the rules that fit. Follow requests wait for an answer
/// anyway, and what concerns the instance is always told.
pub fn verdict(policy: &NoticePolicy, kind: NotificationKind, sender: &SenderFacts) -> Verdict {
    let always = matches!(
        kind,
        NotificationKind::SignUp
            | NotificationKind::Report
            | NotificationKind::SeveredRelationships
            | NotificationKind::ModerationWarning
            | NotificationKind::Poll
            | NotificationKind::Status
            | NotificationKind::Update
            | NotificationKind::QuotedUpdate
    );
    if always || sender.trusted {
        return Verdict::Accept;
    }
    let rules = [
        (!sender.followed, policy.not_following),
        (!sender.follower && !sender.followed, policy.not_followers),
        (sender.new && !sender.followed, policy.new_accounts),
        (sender.private && !sender.followed, policy.private_mentions),
        (sender.limited && !sender.followed, policy.limited_accounts),
        (sender.bot && !sender.followed, policy.bots),
    ];
    let fitting = rules.into_iter().filter(|(fits, _)| *fits).map(|(_, verdict)| verdict);
    fitting.max().unwrap_or_default()
}

/// Notifications that are shown together: of one kind, about one post, within half a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Group {
    /// The kind.
    pub kind: NotificationKind,
    /// The post.
    pub status: Option<StatusId>,
    /// Which half day since 1970.
    pub half_day: i64,
}

impl Group {
    /// The group that a notification belongs to; none if it is always shown by itself.
    pub fn of(kind: NotificationKind, status: Option<StatusId>, at: Timestamp) -> Option<Self> {
        let together = matches!(
            (kind, status),
            (NotificationKind::Favourite | NotificationKind::Reblog, Some(_))
                | (NotificationKind::Follow, None)
        );
        together.then(|| Self { kind, status, half_day: at.millis().div_euclid(TOGETHER) })
    }

    /// Its key, which clients take as it is.
    pub fn key(&self) -> String {
        match self.status {
            Some(status) => format!("{}-{status}-{}", self.kind.as_str(), self.half_day),
            None => format!("{}-{}", self.kind.as_str(), self.half_day),
        }
    }

    /// The group with this key.
    pub fn parse(key: &str) -> Option<Self> {
        let mut parts = key.split('-');
        let kind = NotificationKind::parse(parts.next()?)?;
        let (first, second) = (parts.next()?, parts.next());
        if parts.next().is_some() {
            return None;
        }
        let (status, half_day) = match second {
            Some(half_day) => (Some(first.parse().ok()?), half_day),
            None => (None, first),
        };
        let half_day: i64 =
            half_day.parse().ok().filter(|day| (0..=i64::MAX / TOGETHER - 1).contains(day))?;
        let at = Timestamp::from_millis(half_day * TOGETHER);
        Self::of(kind, status, at)
    }

    /// When it begins and ends, in milliseconds since 1970.
    pub const fn span(&self) -> (i64, i64) {
        (self.half_day * TOGETHER, (self.half_day + 1) * TOGETHER)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_hardest_fitting_rule_counts() {
        let policy = NoticePolicy {
            not_following: Verdict::Filter,
            private_mentions: Verdict::Drop,
            ..NoticePolicy::default()
        };
        let judge = |sender| verdict(&policy, NotificationKind::Mention, &sender);
        let stranger = SenderFacts::default();
        assert_eq!(judge(stranger), Verdict::Filter);
        assert_eq!(judge(SenderFacts { private: true, ..stranger }), Verdict::Drop);
        assert_eq!(judge(SenderFacts { followed: true, private: true, ..stranger }), Verdict::Accept);
        assert_eq!(judge(SenderFacts { trusted: true, private: true, ..stranger }), Verdict::Accept);
        assert_eq!(verdict(&policy, NotificationKind::Report, &stranger), Verdict::Accept);
        assert_eq!(verdict(&NoticePolicy::default(), NotificationKind::Mention, &stranger), Verdict::Accept);
    }

    #[test]
    fn keys_are_read_back() {
        let at = Timestamp::from_millis(1_790_000_000_000);
        for (kind, status) in [
            (NotificationKind::Favourite, Some(StatusId(7))),
            (NotificationKind::Reblog, Some(StatusId(8))),
            (NotificationKind::Follow, None),
        ] {
            let group = Group::of(kind, status, at).unwrap();
            assert_eq!(Group::parse(&group.key()), Some(group));
            assert!((group.span().0..group.span().1).contains(&at.millis()));
        }
        assert_eq!(Group::of(NotificationKind::Mention, Some(StatusId(7)), at), None);
    }

    proptest! {
        #[test]
        fn any_key_is_read_or_refused(key in "[a-z_-]{0,12}-?[0-9-]{0,40}") {
            if let Some(group) = Group::parse(&key) {
                prop_assert!(group.span().1 > group.span().0);
            }
        }
    }
}
