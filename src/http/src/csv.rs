//! CSV files (RFC 4180) that no spreadsheet reads a formula from (S73).

use std::io;

/// Characters that make a spreadsheet read a cell as a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Writes a CSV file into memory. Every cell is guarded (see [`guard`]).
#[derive(Debug)]
pub struct CsvFile(csv::Writer<Vec<u8>>);

impl CsvFile {
    /// Creates a file with the names of its columns.
    pub fn with_columns(names: &[&str]) -> io::Result<Self> {
        let mut file = Self(csv::Writer::from_writer(Vec::new()));
        file.write_row(names)?;
        Ok(file)
    }

    /// Appends a row.
    pub fn write_row<T: AsRef<str>>(&mut self, cells: &[T]) -> io::Result<()> {
        Ok(self.0.write_record(cells.iter().map(|cell| guard(cell.as_ref())))?)
    }

    /// Returns the bytes of the file.
    pub fn into_bytes(self) -> io::Result<Vec<u8>> {
        self.0.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// Puts an apostrophe before a text that a spreadsheet would read as a formula, and before one that looks as if
/// it already had such an apostrophe, so that [`unguard`] returns the text itself.
pub fn guard(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// Whether a text is a formula, perhaps after apostrophes.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// Removes the apostrophe that [`guard`] puts before a text.
pub fn unguard(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn s73_a_guarded_text_is_itself_again(text in "['=+@\t\r-]{0,4}[a-z'=]{0,4}") {
            let guarded = guard(&text);
            prop_assert!(!guarded.starts_with(FORMULA));
            prop_assert_eq!(unguard(&guarded), text.as_str());
        }
    }

    #[test]
    fn s73_no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "plain", "'=x", "''=x", "'x", "'", ""] {
            assert!(!guard(text).starts_with(FORMULA), "{text}");
            assert_eq!(unguard(&guard(text)), text);
        }
        assert_eq!(unguard("'=x"), "=x");
        let mut file = CsvFile::with_columns(&["host", "error"]).unwrap();
        file.write_row(&["a.example", "=HYPERLINK(\"https://evil.example\")"]).unwrap();
        file.write_row(&["-b.example", "none, so far"]).unwrap();
        assert_eq!(
            String::from_utf8(file.into_bytes().unwrap()).unwrap(),
            "host,error\na.example,\"'=HYPERLINK(\"\"https://evil.example\"\")\"\n'-b.example,\"none, so far\"\n"
        );
    }
}
