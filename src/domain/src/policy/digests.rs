//! Decides when a user is due a digest mail.

use crate::model::Timestamp;
use crate::model::digest::{LocalTime, Period};

/// The hour in the reader's time zone before which no digest is sent.
pub const MORNING: i8 = 7;

/// Returns the name of the period for which a user is due a digest; `None` if the user was active within
/// it, or it is too early in the user's time zone. The name is unique per user and period, so that only one
/// digest is sent, whatever the number of calls or nodes. A weekly digest is sent on Monday, or as soon as
/// possible after.
pub fn due(period: Period, looked_at: Timestamp, now: Timestamp, local: &LocalTime) -> Option<String> {
    let length = period.seconds()?;
    let is_morning = local.hour >= MORNING;
    let (begun, name) = match period {
        Period::Daily => (is_morning, format!("day {}", local.date)),
        Period::Weekly => (is_morning || !local.is_monday, format!("week {}", local.week)),
        Period::Off => return None,
    };
    (begun && looked_at <= now.plus_seconds(-length)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const DAY: i64 = 24 * 3600;

    fn local(is_monday: bool, hour: i8) -> LocalTime {
        LocalTime { date: "2027-01-15".into(), week: "2027-W02".into(), is_monday, hour }
    }

    #[test]
    fn a_recent_visit_defers_the_digest() {
        let ago = |days: i64| NOW.plus_seconds(-days * DAY);
        let tuesday = local(false, 12);
        assert_eq!(due(Period::Daily, ago(1), NOW, &tuesday), Some("day 2027-01-15".into()));
        assert_eq!(due(Period::Daily, ago(1).plus_millis(1), NOW, &tuesday), None);
        assert_eq!(due(Period::Weekly, ago(7), NOW, &tuesday), Some("week 2027-W02".into()));
        assert_eq!(due(Period::Weekly, ago(6), NOW, &tuesday), None);
        assert_eq!(due(Period::Off, ago(400), NOW, &tuesday), None);
    }

    #[test]
    fn nobody_is_woken() {
        let long_ago = NOW.plus_seconds(-30 * DAY);
        for (period, monday, hour, is_due) in [
            (Period::Daily, false, 6, false),
            (Period::Daily, false, 7, true),
            (Period::Weekly, true, 6, false),
            (Period::Weekly, true, 7, true),
            (Period::Weekly, false, 0, true),
        ] {
            let found = due(period, long_ago, NOW, &local(monday, hour));
            assert_eq!(found.is_some(), is_due, "{period:?} {monday} {hour}");
        }
    }
}
