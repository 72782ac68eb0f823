//! `login()` of the SOAP API, by which older clients sign in with a user's name and password: no approval, no refresh
//! token, a session alone. And `logout()`, which ends it.

use super::super::super::ask::Reply;
use super::super::super::world::SESSION_LIFE;
use super::Desk;
use super::token::user_session;

/// What a fault names.
const FAULTS: &str = "urn:fault.partner.soap.sforce.com";

pub(super) fn answer(desk: &mut Desk<'_>, path: &str) -> Reply {
    "soap:login".clone_into(&mut desk.entry.kind);
    let body = String::from_utf8_lossy(&desk.ask.body).into_owned();
    if element(&body, "logout").is_some() {
        return logout(desk, &element(&body, "sessionId").unwrap_or_default());
    }
    let (Some(username), Some(password)) = (element(&body, "username"), element(&body, "password")) else {
        return fault(desk, "INVALID_OPERATION", "only login() and logout() are played here");
    };
    let found = desk.orgs().find_map(|org| {
        let user = desk.inner.world.orgs[org].users.iter().position(|user| user.username == username)?;
        Some((org, user))
    });
    let right = found.filter(|(org, user)| desk.inner.world.may_log_in(*org, *user, &password));
    let Some((org, user)) = right else {
        let text = "Invalid username, password, security token; or user locked out.";
        return fault(desk, "INVALID_LOGIN", text);
    };
    desk.note_org(org);
    let session = user_session(desk.inner, org, user, desk.now);
    let place = &desk.inner.world.orgs[org];
    let version = path.split('/').nth(4).unwrap_or("60.0");
    let server = format!("{}/services/Soap/u/{version}/{}", desk.shared.origins.orgs[org], &place.id.as_str()[..15]);
    let holder = &place.users[user];
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"urn:partner.soap.sforce.com\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body><loginResponse><result>\
         <metadataServerUrl>{server}</metadataServerUrl><passwordExpired>false</passwordExpired><sandbox>{}</sandbox>\
         <serverUrl>{server}</serverUrl><sessionId>{session}</sessionId><userId>{}</userId><userInfo>\
         <organizationId>{}</organizationId><organizationName>{}</organizationName><sessionSecondsValid>7200</sessionSecondsValid>\
         <userId>{}</userId><userName>{}</userName></userInfo></result></loginResponse></soapenv:Body></soapenv:Envelope>",
        place.sandbox,
        holder.id,
        place.id,
        escaped(&place.title),
        holder.id,
        escaped(&holder.username),
    );
    Reply::text(200, "text/xml; charset=utf-8", text, desk.now)
}

/// Ends the session that the call's own header names (SOAP API Developer Guide, `logout()`).
fn logout(desk: &mut Desk<'_>, session: &str) -> Reply {
    "soap:logout".clone_into(&mut desk.entry.kind);
    let lives = |org: &usize| {
        let found = desk.inner.world.orgs[*org].sessions.get(session);
        found.is_some_and(|held| held.last_used + SESSION_LIFE > desk.now)
    };
    let Some(org) = desk.orgs().find(lives) else {
        return fault(desk, "INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader");
    };
    desk.note_org(org);
    desk.inner.world.orgs[org].sessions.remove(session);
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"urn:partner.soap.sforce.com\">\
        <soapenv:Body><logoutResponse/></soapenv:Body></soapenv:Envelope>";
    Reply::text(200, "text/xml; charset=utf-8", text.to_owned(), desk.now)
}

fn fault(desk: &Desk<'_>, code: &str, text: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:sf=\"{FAULTS}\"><soapenv:Body>\
         <soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {text}</faultstring><detail><sf:LoginFault>\
         <sf:exceptionCode>{code}</sf:exceptionCode><sf:exceptionMessage>{text}</sf:exceptionMessage></sf:LoginFault></detail>\
         </soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    );
    Reply::text(500, "text/xml; charset=utf-8", body, desk.now)
}

/// The text of the first element of this local name, its five entities read.
fn element(xml: &str, name: &str) -> Option<String> {
    let mut rest = xml;
    loop {
        let open = &rest[rest.find('<')? + 1..];
        let end = open.find('>')?;
        let tag = open[..end].split_whitespace().next().unwrap_or_default();
        let after = &open[end + 1..];
        if tag.trim_end_matches('/').rsplit(':').next() == Some(name) && !tag.starts_with('/') {
            let text = &after[..after.find('<')?];
            let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
            return Some(pairs.iter().fold(text.trim().to_owned(), |text, (entity, sign)| text.replace(entity, sign)));
        }
        rest = after;
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_whatever_their_prefix() {
        let body = "<?xml version=\"1.0\"?><env:Envelope><n1:login xmlns:n1=\"urn\"><n1:username>a&amp;b</n1:username>\
                    <n1:password>p&lt;</n1:password></n1:login></env:Envelope>";
        assert_eq!(element(body, "username").as_deref(), Some("a&b"));
        assert_eq!(element(body, "password").as_deref(), Some("p<"));
        let body = "<se:Body><logout xmlns=\"urn\"/><next>x</next></se:Body>";
        assert_eq!(element(body, "logout").as_deref(), Some(""));
        for broken in ["", "<username", "<username>", "no xml", "<a></a>"] {
            assert_eq!(element(broken, "username"), None, "{broken}");
        }
    }
}
