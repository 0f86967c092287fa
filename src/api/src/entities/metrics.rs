//! Statistics for administrators; numbers are strings, as clients expect.

use schemars::JsonSchema;
use serde::Serialize;

use super::tag::Tag;
use portico_domain::model::Timestamp;
use portico_domain::model::admin_metrics::{BreakdownPart, Cohort, Frequency, MetricValues};
use portico_domain::model::urls::Urls;
use portico_domain::model::view::TagView;

/// A measure, day by day.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminMeasure {
    key: String,
    unit: Option<&'static str>,
    total: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous_total: Option<String>,
    data: Vec<MeasuredDay>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct MeasuredDay {
    date: String,
    value: String,
}

impl AdminMeasure {
    /// Renders a measure.
    pub fn render(key: &str, counted: &MetricValues) -> Self {
        let day =
            |(date, value): &(Timestamp, i64)| MeasuredDay { date: date.rfc3339(), value: value.to_string() };
        Self {
            key: key.to_owned(),
            unit: None,
            total: counted.total.to_string(),
            previous_total: counted.before.map(|before| before.to_string()),
            data: counted.days.iter().map(day).collect(),
        }
    }
}

/// A dimension: one measure divided into its parts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminDimension {
    key: String,
    data: Vec<DimensionPart>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct DimensionPart {
    key: String,
    human_key: String,
    value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    human_value: Option<String>,
}

/// Formats a size in bytes for people.
fn readable(bytes: &str) -> Option<String> {
    let bytes: u64 = bytes.parse().ok()?;
    let (mut whole, mut unit) = (bytes, "Bytes");
    for larger in ["KB", "MB", "GB", "TB"] {
        if whole < 1024 {
            break;
        }
        (whole, unit) = (whole / 1024, larger);
    }
    Some(format!("{whole} {unit}"))
}

impl AdminDimension {
    /// Renders a dimension.
    pub fn render(key: &str, parts: &[BreakdownPart]) -> Self {
        let part = |part: &BreakdownPart| DimensionPart {
            key: part.key.clone(),
            human_key: part.name.clone(),
            value: part.value.clone(),
            unit: part.unit,
            human_value: part.unit.and_then(|_| readable(&part.value)),
        };
        Self { key: key.to_owned(), data: parts.iter().map(part).collect() }
    }
}

/// The accounts created in one period, and how many remained active.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminCohort {
    period: String,
    frequency: &'static str,
    data: Vec<CohortPeriod>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct CohortPeriod {
    date: String,
    rate: f64,
    value: String,
}

impl AdminCohort {
    /// Renders a cohort.
    pub fn render(cohort: &Cohort, frequency: Frequency) -> Self {
        let size = u32::try_from(cohort.size).map_or(f64::from(u32::MAX), f64::from);
        let period = |(date, active): &(Timestamp, usize)| {
            let count = u32::try_from(*active).map_or(f64::from(u32::MAX), f64::from);
            CohortPeriod {
                date: date.rfc3339(),
                rate: if cohort.size == 0 { 0.0 } else { count / size },
                value: active.to_string(),
            }
        };
        Self {
            period: cohort.period.rfc3339(),
            frequency: frequency.as_str(),
            data: cohort.active.iter().map(period).collect(),
        }
    }
}

/// A hashtag with its review by moderators.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminTag {
    #[serde(flatten)]
    tag: Tag,
    trendable: bool,
    usable: bool,
    requires_review: bool,
}

impl AdminTag {
    /// Renders a hashtag. No review is required before it trends.
    pub fn render(tag: &TagView, judged: Option<bool>, urls: &Urls) -> Self {
        Self {
            tag: Tag::render(tag, urls),
            trendable: judged.unwrap_or(true),
            usable: true,
            requires_review: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{moment, urls};
    use super::*;

    #[test]
    fn figures() {
        let counted = MetricValues { total: 3, before: Some(1), days: vec![(moment().midnight(), 3)] };
        insta::assert_json_snapshot!("admin_measure", AdminMeasure::render("new_users", &counted));
        let part = BreakdownPart {
            key: "media".into(),
            name: "Media".into(),
            value: "5000000".into(),
            unit: Some("bytes"),
        };
        insta::assert_json_snapshot!("admin_dimension", AdminDimension::render("space_usage", &[part]));
        let cohort = Cohort { period: moment().midnight(), size: 4, active: vec![(moment().midnight(), 3)] };
        insta::assert_json_snapshot!("admin_cohort", AdminCohort::render(&cohort, Frequency::Day));
        let tag =
            TagView { name: "turbines".into(), following: false, featuring: false, history: Vec::new() };
        insta::assert_json_snapshot!("admin_tag", AdminTag::render(&tag, Some(false), &urls()));
    }

    #[test]
    fn sizes_are_read_in_the_largest_unit_that_fits() {
        for (bytes, text) in [("0", "0 Bytes"), ("1023", "1023 Bytes"), ("1024", "1 KB"), ("5000000", "4 MB")]
        {
            assert_eq!(readable(bytes).as_deref(), Some(text));
        }
        assert_eq!(readable("many"), None);
    }
}
