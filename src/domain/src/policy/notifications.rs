//! Decisions about notifications: which reach a user, and which are grouped.

use crate::model::notification::NotificationKind;
use crate::model::notification_policy::{NotificationPolicy, Verdict};
use crate::model::{StatusId, Timestamp};

/// The age below which an account counts as new, in seconds.
pub const NEW_ACCOUNT: i64 = 30 * 86_400;
/// How long an account must have followed a user to count as a follower, in seconds.
pub const NEW_FOLLOWER: i64 = 3 * 86_400;
/// Notifications of one kind are grouped within half a day; in milliseconds.
const TOGETHER: i64 = 12 * 3_600_000;

/// The facts about a notification's sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SenderFacts {
    /// Whether the recipient follows the sender.
    pub followed: bool,
    /// Whether the sender has followed the recipient for long enough.
    pub follower: bool,
    /// Whether the sender's account is new.
    pub new: bool,
    /// Whether the sender is a bot.
    pub bot: bool,
    /// Whether moderators have limited the sender.
    pub limited: bool,
    /// Whether it is a private mention that does not reply to the recipient.
    pub private: bool,
    /// Whether the recipient accepted the sender's notifications, or the sender is a moderator or
    /// administrator.
    pub trusted: bool,
}

/// Returns the treatment of a notification: the strictest matching rule. Follow requests are never
/// filtered, since they wait for an answer anyway, nor are notifications about the instance.
pub fn verdict(policy: &NotificationPolicy, kind: NotificationKind, sender: &SenderFacts) -> Verdict {
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

/// A group of notifications: of one kind, about one status, within half a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NotificationGroup {
    /// The kind.
    pub kind: NotificationKind,
    /// The status.
    pub status: Option<StatusId>,
    /// The number of the half day since 1970.
    pub half_day: i64,
}

impl NotificationGroup {
    /// Returns the group of a notification; `None` if it is always shown alone.
    pub fn for_notification(kind: NotificationKind, status: Option<StatusId>, at: Timestamp) -> Option<Self> {
        let together = matches!(
            (kind, status),
            (NotificationKind::Favourite | NotificationKind::Boost, Some(_))
                | (NotificationKind::Follow, None)
        );
        together.then(|| Self { kind, status, half_day: at.millis().div_euclid(TOGETHER) })
    }

    /// Returns its key, which is opaque to clients.
    pub fn key(&self) -> String {
        match self.status {
            Some(status) => format!("{}-{status}-{}", self.kind.as_str(), self.half_day),
            None => format!("{}-{}", self.kind.as_str(), self.half_day),
        }
    }

    /// Parses a key.
    pub fn parse(key: &str) -> Option<Self> {
        let mut parts = key.split('-');
        let kind = parts.next()?.parse::<NotificationKind>().ok()?;
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
        Self::for_notification(kind, status, at)
    }

    /// Returns its start and end, in milliseconds since 1970.
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
        let policy = NotificationPolicy {
            not_following: Verdict::Filter,
            private_mentions: Verdict::Drop,
            ..NotificationPolicy::default()
        };
        let judge = |sender| verdict(&policy, NotificationKind::Mention, &sender);
        let stranger = SenderFacts::default();
        assert_eq!(judge(stranger), Verdict::Filter);
        assert_eq!(judge(SenderFacts { private: true, ..stranger }), Verdict::Drop);
        assert_eq!(judge(SenderFacts { followed: true, private: true, ..stranger }), Verdict::Accept);
        assert_eq!(judge(SenderFacts { trusted: true, private: true, ..stranger }), Verdict::Accept);
        assert_eq!(verdict(&policy, NotificationKind::Report, &stranger), Verdict::Accept);
        assert_eq!(
            verdict(&NotificationPolicy::default(), NotificationKind::Mention, &stranger),
            Verdict::Accept
        );
    }

    #[test]
    fn keys_are_read_back() {
        let at = Timestamp::from_millis(1_790_000_000_000);
        for (kind, status) in [
            (NotificationKind::Favourite, Some(StatusId(7))),
            (NotificationKind::Boost, Some(StatusId(8))),
            (NotificationKind::Follow, None),
        ] {
            let group = NotificationGroup::for_notification(kind, status, at).unwrap();
            assert_eq!(NotificationGroup::parse(&group.key()), Some(group));
            assert!((group.span().0..group.span().1).contains(&at.millis()));
        }
        assert_eq!(
            NotificationGroup::for_notification(NotificationKind::Mention, Some(StatusId(7)), at),
            None
        );
    }

    proptest! {
        #[test]
        fn any_key_is_read_or_refused(key in "[a-z_-]{0,12}-?[0-9-]{0,40}") {
            if let Some(group) = NotificationGroup::parse(&key) {
                prop_assert!(group.span().1 > group.span().0);
            }
        }
    }
}
