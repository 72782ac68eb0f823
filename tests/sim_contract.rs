//! The simulator, asked over the wire: Salesforce's answers, the agent's contract, the admin interface, the faults.
//!
//! It is asked by a plain HTTP client and nothing else of the program, so that both can be wrong alone.

mod sim_contract {
    mod admin;
    mod agent;
    mod data;
    mod history;
    mod oauth;
    mod records;
    mod running;
    mod salesforce;
    mod stories;
    mod writes;
}
