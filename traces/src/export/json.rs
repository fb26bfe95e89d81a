//! Every state in full, for other programs.

use super::Film;

/// The film as one JSON object, in lines.
///
/// # Errors
/// None that this data can give: only what the serializer may say.
pub fn json(film: &Film) -> serde_json::Result<String> {
    serde_json::to_string_pretty(film).map(|text| text + "\n")
}
