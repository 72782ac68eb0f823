//! A person signs in in a browser. The answer comes to this machine's callback port, or is pasted: over ssh the browser is
//! elsewhere, and another program may have the port.

use super::asker::{Asker, Hidden};
use super::refused;
use crate::cli::Exit;
use crate::cli::report::{Failure, talk};
use crate::config::OrgConfig;
use crate::salesforce::{Authorization, Callback, Client};
use std::time::Duration;

/// After which nobody is waited for any more. Salesforce's code lives for fifteen minutes.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

pub(super) async fn sign_in(org: &OrgConfig, port: u16, client: &Client, asker: &mut Asker) -> Result<(), Failure> {
    let told = |error| refused(&org.name, &error);
    let authorization = Authorization::begin(&org.login_url, &org.client_id, port).map_err(told)?;
    let callback = Callback::listen(port).await;
    talk("Open this and sign in as fusebox's own user, not as one that sites are connected as:\n");
    talk(&format!("  {}\n", authorization.url()));
    match &callback {
        Ok(_) => talk(&format!(
            "Waiting on port {port} of this machine. A browser elsewhere ends at an address that does not open: paste \
             that address here (it is not shown)."
        )),
        Err(error) => talk(&format!(
            "Port {port} of this machine can not be used ({error}). The browser ends at an address that does not open: \
             paste that address here (it is not shown)."
        )),
    }
    let hidden = Hidden::begin();
    let address = tokio::time::timeout(PATIENCE, answer(callback.ok(), &authorization, asker)).await;
    drop(hidden);
    let address = address.unwrap_or_else(|_| {
        let minutes = PATIENCE.as_secs() / 60;
        let text = format!("{}: nobody signed in within {minutes} minutes", org.name);
        Err(Failure::new(Exit::Abandoned, text).advise(format!("fusebox login {}", org.name)))
    })?;
    let code = authorization.code(&address).map_err(told)?;
    client.adopt(&authorization, &code).await.map_err(told)
}

/// The address that the browser was sent back to, however it came.
async fn answer(
    callback: Option<Callback>,
    authorization: &Authorization,
    asker: &mut Asker,
) -> Result<String, Failure> {
    let listening = callback.is_some();
    let called_back = async {
        match callback {
            Some(callback) => callback.answer(authorization).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(called_back);
    let mut input_ended = false;
    loop {
        tokio::select! {
            address = &mut called_back => {
                return address.map_err(|error| {
                    Failure::new(Exit::Failed, format!("the callback port failed: {error}"))
                });
            }
            line = asker.next_line(), if !input_ended => match line? {
                Some(line) if authorization.is_answered_by(&line) => return Ok(line),
                Some(line) if line.is_empty() => {}
                Some(_) => talk("that is not the address that this link leads back to; it holds code= and state="),
                None if listening => input_ended = true,
                None => return Err(Failure::usage("the input ended, and no port is there to wait on")
                    .advise("paste the address, or end the program that has the port")),
            },
        }
    }
}
