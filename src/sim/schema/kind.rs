//! What a field holds, and what follows from that: its names in describe, whether it can be filtered, sorted, grouped.

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The record's own id.
    Id,
    /// The id of a record of one of these objects.
    Reference(Vec<String>),
    /// A line of text.
    Text,
    /// Several lines.
    TextArea,
    /// An address for mail.
    Email,
    /// A telephone number.
    Phone,
    /// A web address.
    Url,
    /// One of these.
    Picklist(Vec<Choice>),
    /// Any of these, joined by `;`.
    MultiPicklist(Vec<Choice>),
    /// True or false.
    Boolean,
    /// A whole number.
    Int,
    /// A number.
    Double,
    /// A day.
    Date,
    /// A point in time.
    DateTime,
    /// A postal address, made of other fields.
    Address,
}

/// One value of a picklist. People see the label, the API takes the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What people see.
    pub label: String,
}

/// Longer text areas are kept apart by Salesforce and can neither be filtered nor sorted.
const SHORT_TEXT: usize = 255;

impl Kind {
    /// Reads a type as it is written in a schema, with the length that it gives to its field.
    pub(super) fn parse(text: &str) -> Result<(Self, usize), &'static str> {
        let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
        let counted = || rest.parse().map_err(|_| "the type wants a length");
        Ok(match name {
            "id" => (Self::Id, 18),
            "reference" => (Self::Reference(listed(rest)), 18),
            "string" => (Self::Text, counted()?),
            "textarea" => (Self::TextArea, counted()?),
            "email" => (Self::Email, 80),
            "phone" => (Self::Phone, 40),
            "url" => (Self::Url, 255),
            "picklist" => (Self::Picklist(choices(rest)), 255),
            "multipicklist" => (Self::MultiPicklist(choices(rest)), 4_099),
            "boolean" => (Self::Boolean, 0),
            "int" => (Self::Int, 0),
            "double" => (Self::Double, 0),
            "date" => (Self::Date, 0),
            "datetime" => (Self::DateTime, 0),
            "address" => (Self::Address, 0),
            _ => return Err("there is no such type"),
        })
    }

    /// The objects that a reference can lead to; none for other types.
    pub fn targets(&self) -> &[String] {
        if let Self::Reference(targets) = self { targets } else { &[] }
    }

    /// The values to choose from; none for other types.
    pub fn choices(&self) -> &[Choice] {
        match self {
            Self::Picklist(choices) | Self::MultiPicklist(choices) => choices,
            _ => &[],
        }
    }

    /// `type` in describe.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Reference(_) => "reference",
            Self::Text => "string",
            Self::TextArea => "textarea",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Url => "url",
            Self::Picklist(_) => "picklist",
            Self::MultiPicklist(_) => "multipicklist",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Double => "double",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Address => "address",
        }
    }

    /// `soapType` in describe.
    pub fn soap_name(&self) -> &'static str {
        match self {
            Self::Id | Self::Reference(_) => "tns:ID",
            Self::Boolean => "xsd:boolean",
            Self::Int => "xsd:int",
            Self::Double => "xsd:double",
            Self::Date => "xsd:date",
            Self::DateTime => "xsd:dateTime",
            Self::Address => "urn:address",
            Self::Text
            | Self::TextArea
            | Self::Email
            | Self::Phone
            | Self::Url
            | Self::Picklist(_)
            | Self::MultiPicklist(_) => "xsd:string",
        }
    }

    /// Whether records can be grouped by it.
    pub fn is_groupable(&self) -> bool {
        !matches!(self, Self::TextArea | Self::MultiPicklist(_) | Self::Double | Self::DateTime | Self::Address)
    }

    pub(super) fn is_filterable(&self, length: usize) -> bool {
        !matches!(self, Self::Address) && (*self != Self::TextArea || length <= SHORT_TEXT)
    }

    pub(super) fn is_sortable(&self, length: usize) -> bool {
        self.is_filterable(length) && !matches!(self, Self::MultiPicklist(_))
    }
}

fn listed(text: &str) -> Vec<String> {
    text.split('|').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// `value=Label`, or one text for both.
fn choices(text: &str) -> Vec<Choice> {
    let choice = |part: String| match part.split_once('=') {
        Some((value, label)) => Choice { value: value.to_owned(), label: label.to_owned() },
        None => Choice { value: part.clone(), label: part },
    };
    listed(text).into_iter().map(choice).collect()
}
