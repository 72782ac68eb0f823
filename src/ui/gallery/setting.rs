//! A site's settings that are chosen anew, as the machinery would tell them: what is offered, and a dry run.

use crate::model::Clean;
use crate::model::dry_run::{DryLine, DryRun, Impact, Offer, Offered};

/// What a site offers.
pub(super) fn offer() -> Offer {
    let offered = |(name, label): &(&str, &str)| Offered {
        name: (*name).into(),
        label: (*label).into(),
        present: *name == "Contact",
    };
    let choices = [
        ("Account", "Accounts"),
        ("Campaign", "Campaigns"),
        ("Case", "Cases"),
        ("Contact", "Contacts"),
        ("Donation__c", "Donations"),
        ("Lead", "Leads"),
        ("Opportunity", "Opportunities"),
    ];
    Offer { choices: choices.iter().map(offered).collect(), notes: Vec::new() }
}

/// What it is asked, in order.
pub(super) fn asked() -> [Clean; 3] {
    [
        "its turn at www.example.com".into(),
        "what www.example.com offers".into(),
        "what Lead is made of, as www.example.com sees it".into(),
    ]
}

/// What Leads would do to it.
pub(super) fn dry_run() -> DryRun {
    let line = |impact, [named, from, to]: [&str; 3], so: &str| DryLine {
        impact,
        named: named.into(),
        from: from.into(),
        to: to.into(),
        so: so.into(),
    };
    let gone = "no such field, value not sent";
    let mut lines = vec![
        line(Impact::Breaks, ["billing_account", "AccountId", ""], gone),
        line(Impact::Breaks, ["dob", "Birthdate", ""], gone),
        line(Impact::Breaks, ["dept", "Department", ""], gone),
        line(Impact::Breaks, ["", "", "Company"], "required, nothing mapped: no Lead is made"),
        line(Impact::Breaks, ["1284 users", "id 003..", ""], "no Lead is found by it"),
        line(Impact::Changes, ["lead_source", "LeadSource", "LeadSource"], "does not take Partner, Event"),
        line(Impact::Changes, ["phone_2", "OtherPhone", ""], "no such field; not synced now"),
        line(Impact::Changes, ["", "record type Member", ""], "dropped: it is one of the present object"),
        line(Impact::Unknown, ["", "", ""], "whether topics are on for Lead is not told"),
    ];
    for (field, crm_field) in [
        ("first_name", "FirstName"),
        ("last_name", "LastName"),
        ("user_email", "Email"),
        ("phone", "Phone"),
        ("bio", "Description"),
        ("salutation", "Salutation"),
    ] {
        lines.push(line(Impact::Same, [field, crm_field, crm_field], ""));
    }
    DryRun {
        from: Some("Contact".into()),
        to: "Lead".into(),
        lines,
        then: vec![
            "www.example.com reads fields and record types again with it, all or nothing: about 2 to 3 API calls of org acme, 12% of whose 15000 a day are used".into(),
            "where its session is over it refreshes its token once: tokens do not rotate in acme".into(),
        ],
        notes: Vec::new(),
    }
}
