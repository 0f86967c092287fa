//! Lists of people and of profile attributes, as they are written.

use portico_domain::model::Reach;
use portico_domain::model::annotations::Announcers;
use portico_domain::model::profile::{Attribute, FieldReaches};
use portico_domain::model::user::Role;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

use crate::values::described;

/// Roles, and user names after an @.
pub(crate) struct AnnouncerList;

impl AnnouncerList {
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(value: D) -> Result<Announcers, D::Error> {
        let mut announcers = Announcers { roles: Vec::new(), names: Vec::new() };
        for entry in Vec::<String>::deserialize(value)? {
            let name = entry.strip_prefix('@').filter(|name| !name.is_empty());
            match (name, entry.parse::<Role>().ok()) {
                (Some(name), _) => announcers.names.push(name.to_lowercase()),
                (None, Some(role)) => announcers.roles.push(role),
                (None, None) => {
                    return Err(D::Error::custom(format!(
                        "has {entry:?}; it must be a role ({}) or a user name, such as \"@alice\"",
                        Role::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ")
                    )));
                }
            }
        }
        Ok(announcers)
    }

    pub(crate) fn serialize<S: Serializer>(value: &Announcers, to: S) -> Result<S::Ok, S::Error> {
        let roles = value.roles.iter().map(|role| role.as_str().to_owned());
        to.collect_seq(roles.chain(value.names.iter().map(|name| format!("@{name}"))))
    }
}

described!(AnnouncerList, { "type": "array", "items": { "type": "string" } });

/// The reaches of profile attributes, written as `name=reach`.
pub(crate) struct FieldReachList;

impl FieldReachList {
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(value: D) -> Result<FieldReaches, D::Error> {
        let mut reaches = FieldReaches::default();
        for entry in Vec::<String>::deserialize(value)? {
            let read = entry.split_once('=').and_then(|(name, reach)| {
                let attribute = name.trim().parse::<Attribute>().ok()?;
                let reach = Reach::choice(reach.trim()).ok().filter(|reach| reach.is_organisational())?;
                Some((attribute, reach))
            });
            let Some((attribute, reach)) = read else {
                return Err(D::Error::custom(format!(
                    "has {entry:?}; it must be an attribute and a reach, such as \"job_title=public\": one of {}, \
                     and one of instance, company, partners, public",
                    Attribute::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ")
                )));
            };
            reaches.0.insert(attribute, reach);
        }
        Ok(reaches)
    }

    pub(crate) fn serialize<S: Serializer>(value: &FieldReaches, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(value.0.iter().map(|(attribute, reach)| format!("{attribute}={reach}")))
    }
}

described!(FieldReachList, { "type": "array", "items": { "type": "string" } });
