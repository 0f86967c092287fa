//! Conversions between columns and fields of the model.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};
use portico_domain::model::account::ActorKind;
use portico_domain::model::quote::QuoteAudience;
use portico_domain::model::user::Role;
use portico_domain::model::{AccountId, AppId, Reach, StatusId, Timestamp, UserId};

/// The value of a column, or of several columns, that stores a `T` of the model.
pub(crate) trait Column<T>: Sized {
    /// Returns the value of the model. `what` names the column in the error.
    fn load(self, what: &'static str) -> Result<T>;

    /// Returns the value of the column.
    fn store(value: &T) -> Self;
}

macro_rules! columns {
    (same: $($type:ty),+) => {$(
        impl Column<$type> for $type {
            fn load(self, _: &'static str) -> Result<$type> {
                Ok(self)
            }

            fn store(value: &$type) -> Self {
                Clone::clone(value)
            }
        }
    )+};
    (ids: $($type:ident),+) => {$(
        impl Column<$type> for i64 {
            fn load(self, _: &'static str) -> Result<$type> {
                Ok($type(self))
            }

            fn store(value: &$type) -> Self {
                value.0
            }
        }
    )+};
    (words: $($type:ty),+) => {$(
        impl Column<$type> for String {
            fn load(self, what: &'static str) -> Result<$type> {
                self.parse().map_err(|_| Error::Corrupt { what })
            }

            fn store(value: &$type) -> Self {
                value.as_str().to_owned()
            }
        }
    )+};
}

columns!(same: bool, i64, String);
columns!(ids: AccountId, AppId, StatusId, UserId);
columns!(words: ActorKind, QuoteAudience, Reach, Role);

impl<T, C: Column<T>> Column<Option<T>> for Option<C> {
    fn load(self, what: &'static str) -> Result<Option<T>> {
        self.map(|column| column.load(what)).transpose()
    }

    fn store(value: &Option<T>) -> Self {
        value.as_ref().map(C::store)
    }
}

impl Column<Timestamp> for i64 {
    fn load(self, _: &'static str) -> Result<Timestamp> {
        Ok(Timestamp::from_millis(self))
    }

    fn store(value: &Timestamp) -> Self {
        value.millis()
    }
}

/// A list is stored as JSON.
impl<T: Serialize + DeserializeOwned> Column<Vec<T>> for String {
    fn load(self, what: &'static str) -> Result<Vec<T>> {
        serde_json::from_str(&self).map_err(|_| Error::Corrupt { what })
    }

    fn store(value: &Vec<T>) -> Self {
        // The lists of the model can always be serialised.
        serde_json::to_string(value).unwrap_or_else(|_| "[]".to_owned())
    }
}

/// Declares a row of a table and its conversions from and to a type of the model, so that a column is named
/// once: each field of the row stores the field of the model with the same name. The fields of a second row,
/// after `and`, are read along with the first, but neither inserted nor updated with it.
macro_rules! row {
    (
        $(#[$attribute:meta])*
        $row:ident => $model:ident {
            $($(#[$of_field:meta])* $field:ident: $type:ident $(<$inner:ident>)?,)+
        }
        $(
            $(#[$of_rest:meta])*
            and $rest:ident {
                $($rest_field:ident: $rest_type:ident $(<$rest_inner:ident>)?,)+
            }
        )?
    ) => {
        $(#[$attribute])*
        pub(crate) struct $row {
            $($(#[$of_field])* pub $field: $type $(<$inner>)?,)+
            $(#[diesel(embed, skip_insertion, skip_update)] pub rest: $rest,)?
        }

        $(
            $(#[$of_rest])*
            pub(crate) struct $rest {
                $(pub $rest_field: $rest_type $(<$rest_inner>)?,)+
            }
        )?

        impl $crate::rows::Column<$model> for $row {
            fn load(self, _: &'static str) -> $crate::Result<$model> {
                Ok($model {
                    $($field: $crate::rows::Column::load(
                        self.$field,
                        concat!(stringify!($model), ".", stringify!($field)),
                    )?,)+
                    $($($rest_field: $crate::rows::Column::load(
                        self.rest.$rest_field,
                        concat!(stringify!($model), ".", stringify!($rest_field)),
                    )?,)+)?
                })
            }

            fn store(model: &$model) -> Self {
                Self {
                    $($field: $crate::rows::Column::store(&model.$field),)+
                    $(rest: $rest {
                        $($rest_field: $crate::rows::Column::store(&model.$rest_field),)+
                    },)?
                }
            }
        }
    };
}
pub(crate) use row;
