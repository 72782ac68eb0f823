//! Refusals in Salesforce's words: the place in the query on two lines, its row and column, and what is wrong there.
//!
//! The words are those of published error messages where a message for the case was found; see each function.

use super::SoqlError;
use super::tree::Name;

/// How much of the query is shown on either side of the place, in characters; words are not cut.
const NEAR: usize = 32;

/// The most that is shown on either side where the words are very long.
const FAR: usize = 100;

/// A refusal that names no place.
pub(super) fn plain(code: &'static str, message: &str) -> SoqlError {
    SoqlError { code, message: message.to_owned() }
}

/// A refusal of what stands at byte `at` of the query.
pub(super) fn at(code: &'static str, query: &str, at: usize, message: &str) -> SoqlError {
    let row = query[..at].matches('\n').count() + 1;
    let line_start = query[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line: Vec<char> = query[line_start..].chars().take_while(|c| *c != '\n').collect();
    let column = query[line_start..at].chars().count();

    let (start, end) = (window_start(&line, column), window_end(&line, column));
    let shown: String = line[start..end].iter().collect();
    let indent = " ".repeat(column - start);
    SoqlError { code, message: format!("\n{shown}\n{indent}^\nERROR at Row:{row}:Column:{}\n{message}", column + 1) }
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || c == ','
}

fn window_start(line: &[char], column: usize) -> usize {
    let mut start = column.saturating_sub(NEAR);
    while start > 0 && !is_gap(line[start - 1]) && column - start < FAR {
        start -= 1;
    }
    while start < column && line[start].is_whitespace() {
        start += 1;
    }
    start
}

fn window_end(line: &[char], column: usize) -> usize {
    let mut end = line.len().min(column + NEAR);
    while end < line.len() && !is_gap(line[end]) && end - column < FAR {
        end += 1;
    }
    end
}

/// (confirmed)
pub(super) fn unexpected(query: &str, offset: usize, token: &str) -> SoqlError {
    at("MALFORMED_QUERY", query, offset, &format!("unexpected token: '{token}'"))
}

/// (confirmed)
pub(super) fn unknown_object(query: &str, object: Name<'_>) -> SoqlError {
    let message = format!(
        "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' \
         after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
        object.text
    );
    at("INVALID_TYPE", query, object.at, &message)
}

/// (confirmed)
pub(super) fn unknown_column(query: &str, offset: usize, column: &str, entity: &str) -> SoqlError {
    let message = format!(
        "No such column '{column}' on entity '{entity}'. If you are attempting to use a custom field, be sure to append \
         the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names."
    );
    at("INVALID_FIELD", query, offset, &message)
}

/// (from memory)
pub(super) fn unknown_relationship(query: &str, offset: usize, relationship: &str) -> SoqlError {
    let message = format!(
        "Didn't understand relationship '{relationship}' in field path. If you are attempting to use a custom \
         relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the \
         describe call for the appropriate names."
    );
    at("INVALID_FIELD", query, offset, &message)
}

/// (confirmed)
pub(super) fn not_filterable(query: &str, offset: usize, field: &str) -> SoqlError {
    at("INVALID_FIELD", query, offset, &format!("field '{field}' can not be filtered in a query call"))
}

/// (confirmed) the text; the code is given as this one and as `INVALID_FIELD` by different clients.
pub(super) fn not_sortable(query: &str, offset: usize, field: &str) -> SoqlError {
    at("MALFORMED_QUERY", query, offset, &format!("field '{field}' can not be sorted in a query call"))
}

/// (confirmed) for dates in quotes; that the other types are told alike is (inferred).
pub(super) fn wrong_type(query: &str, field: Name<'_>, type_name: &str, in_quotes: bool) -> SoqlError {
    let advice = if in_quotes { "should be enclosed in quotes" } else { "should not be enclosed in quotes" };
    let message =
        format!("value of filter criterion for field '{}' must be of type {type_name} and {advice}", field.text);
    at("INVALID_FIELD", query, field.at, &message)
}

/// (from memory)
pub(super) fn wrong_operator(query: &str, offset: usize, type_name: &str) -> SoqlError {
    at("INVALID_QUERY_FILTER_OPERATOR", query, offset, &format!("invalid operator on {type_name} field"))
}

/// (from memory)
pub(super) fn no_id(query: &str, offset: usize, text: &str) -> SoqlError {
    at("INVALID_QUERY_FILTER_OPERATOR", query, offset, &format!("invalid ID field: {text}"))
}

/// The text is (confirmed), of fields that cannot be counted; `COUNT()` alone is understood here.
pub(super) fn no_aggregate(query: &str, offset: usize, field: &str) -> SoqlError {
    at("MALFORMED_QUERY", query, offset, &format!("field {field} does not support aggregate operator COUNT"))
}

/// (confirmed)
pub(super) fn nested(query: &str, offset: usize) -> SoqlError {
    at("MALFORMED_QUERY", query, offset, "Nesting of semi join sub-selects is not supported")
}

/// (confirmed)
pub(super) fn joined_by_or(query: &str, offset: usize) -> SoqlError {
    at("MALFORMED_QUERY", query, offset, "Semi join sub-selects are not allowed with the 'OR' operator")
}

/// (confirmed)
pub(super) fn joined_deep(query: &str, offset: usize) -> SoqlError {
    let message = "Semi join sub-selects are only allowed at the top level WHERE expressions.";
    at("MALFORMED_QUERY", query, offset, message)
}

/// (confirmed)
pub(super) fn joined_often(query: &str, offset: usize) -> SoqlError {
    at("MALFORMED_QUERY", query, offset, "Maximum 2 semi join sub-selects are allowed.")
}

/// (from memory)
pub(super) fn no_join(query: &str, offset: usize, field: &str) -> SoqlError {
    let message = format!(
        "The left operand field in the where expression for outer query should be an id field, cannot use: '{field}'"
    );
    at("MALFORMED_QUERY", query, offset, &message)
}

/// (from memory)
pub(super) fn one_field(query: &str, offset: usize) -> SoqlError {
    at("MALFORMED_QUERY", query, offset, "semi join sub-selects must select exactly one field")
}

/// (from memory)
pub(super) fn duplicate(query: &str, offset: usize, field: &str) -> SoqlError {
    at("MALFORMED_QUERY", query, offset, &format!("duplicate field selected: {field}"))
}

/// Text and code (from memory); where Salesforce draws the line is unknown.
pub(super) fn too_complicated() -> SoqlError {
    plain(
        "QUERY_TOO_COMPLICATED",
        "Query is either selecting too many fields or the filter conditions are too complicated.",
    )
}
