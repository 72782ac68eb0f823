//! One org's client: holds the session, renews it once when Salesforce says that it ended, bounds a look in time, and
//! keeps what one look tells the next. Uses `model` alone.

use crate::model::fields::is_object;
use crate::model::{ApiUsage, Approval, Clock, Failure, HistoryRead, OrgId, OrgPicture, UserId};
use crate::salesforce::api::{Api, Spent};
use crate::salesforce::authorize::Authorization;
use crate::salesforce::describe::{self, Described};
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::history::{self, AskHistory};
use crate::salesforce::http::{Connections, Http};
use crate::salesforce::look::{self, Ask};
use crate::salesforce::retry;
use crate::salesforce::revoke::{self, NotRevocable, Revocation, Revoked};
use crate::salesforce::sign_in::{Credentials, Session, SignIn};
use chrono::TimeDelta;
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// A clock that is off by less does not make an assertion invalid. Seconds.
const CLOCK_MATTERS_S: i64 = 30;

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The org.
    pub picture: OrgPicture,
    /// Calls that this look sent, refused ones included: at least what it cost of the allocation. Signing in costs none.
    pub api_calls: u32,
    /// The allocation as it stood with the last of these calls (`Sforce-Limit-Info`), exactly.
    pub api_usage: Option<ApiUsage>,
    /// The org and the user that fusebox signed in as, where the sign-in told.
    pub identity: Option<(OrgId, UserId)>,
}

/// What the slower look brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadHistory {
    /// It.
    pub history: HistoryRead,
    /// Calls that it sent, refused ones included.
    pub api_calls: u32,
    /// The allocation as it stood with the last of these calls, exactly.
    pub api_usage: Option<ApiUsage>,
}

/// What came of asking what an object is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The answer.
    pub told: Told,
    /// Calls that this sent, refused ones included. One that finds nothing changed counts, too.
    pub api_calls: u32,
    /// The allocation as it stood with the last of these calls.
    pub api_usage: Option<ApiUsage>,
}

/// What an org says of an object to who may know it already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The object as it is.
    Anew(Described),
    /// It is what is known.
    AsKnown,
}

/// The client of one org. Looks may run at once: they share the session, and one sign-in when there is none.
pub struct Client {
    sign_in: SignIn,
    http: Http,
    clock: Clock,
    timeout: Duration,
    retry_after: Duration,
    session: tokio::sync::Mutex<Option<Arc<Session>>>,
    /// Whether the last look listed nobody else's approvals.
    short_list: AtomicBool,
}

impl Client {
    /// A client that has sent nothing yet. `timeout` bounds a whole look, sign-in included.
    pub fn new(
        credentials: Credentials,
        timeout: Duration,
        clock: Clock,
        connections: Connections,
    ) -> Result<Self, Failure> {
        let http = Http::new(&credentials.login_url, connections, clock.clone())?;
        let sign_in = SignIn::new(credentials)?;
        let session = tokio::sync::Mutex::default();
        let (retry_after, short_list) = (retry::FIRST, AtomicBool::new(false));
        Ok(Self { sign_in, http, clock, timeout, retry_after, session, short_list })
    }

    /// The same client with another pause before a server in trouble is asked again the first time; half a second without.
    #[must_use]
    pub fn retrying_after(mut self, pause: Duration) -> Self {
        self.retry_after = pause;
        self
    }

    /// Looks at the org: one API call, and more only for what does not fit in one (over 500 approvals, over 300 users)
    /// and once when a list of approvals has become short, perhaps for want of a right.
    ///
    /// Fails as a whole when the org does not answer, or when a part fails for anything but a missing right. A session that
    /// ended is renewed once, and a server in trouble is asked again while there is time; when to look again is the caller's
    /// to say.
    pub async fn look(&self, ask: &Ask) -> Result<Looked, Failure> {
        Ok(self.try_look(ask).await?)
    }

    /// The same for who has to know which refusal it was, and not only of which class.
    pub async fn try_look(&self, ask: &Ask) -> Result<Looked, Error> {
        self.in_time(self.look_untimed(ask)).await
    }

    /// Reads logins, sessions, what administrators changed and other apps: two API calls, three at most. Each part is permitted or
    /// refused by itself; fails as a whole like a look.
    pub async fn history(&self, ask: &AskHistory) -> Result<ReadHistory, Failure> {
        Ok(self.in_time(self.history_untimed(ask)).await?)
    }

    async fn history_untimed(&self, ask: &AskHistory) -> Result<ReadHistory, Error> {
        let mut spent = Spent::default();
        let until = Instant::now() + self.timeout;
        let session = self.session(None).await?;
        let mut read = self.read_history(&session, ask, &mut spent, until).await;
        if read.as_ref().is_err_and(|error| error.kind() == Kind::SessionExpired) {
            let fresh = self.session(Some(&session)).await?;
            read = self.read_history(&fresh, ask, &mut spent, until).await;
        }
        Ok(ReadHistory { history: read?, api_calls: spent.calls, api_usage: spent.usage })
    }

    async fn read_history(
        &self,
        session: &Session,
        ask: &AskHistory,
        spent: &mut Spent,
        until: Instant,
    ) -> Result<HistoryRead, Error> {
        let redactor = self.sign_in.redactor().clone().with(&session.token);
        let (http, retry_after) = (&self.http, self.retry_after);
        history::look(&mut Api { http, session, redactor: &redactor, spent, retry_after, until }, ask).await
    }

    /// What an object is made of, as fusebox's own user sees it: one API call, whose answer is empty where nothing changed
    /// since it was `known`. A change of the user's permissions or of a label counts as one.
    ///
    /// `object` is an API name; another is an error before anything is sent. Sessions, retries and limits are those of a
    /// look. An object of more than 8 MiB is refused with its name.
    pub async fn describe(&self, object: &str, known: Option<&Described>) -> Result<Asked, Error> {
        if !is_object(object) {
            let text = format!("{object:?} is no API name of an object");
            return Err(Error::new(Kind::NoObject, self.sign_in.redactor().redact(text)));
        }
        self.in_time(self.describe_untimed(object, known)).await
    }

    async fn describe_untimed(&self, object: &str, known: Option<&Described>) -> Result<Asked, Error> {
        let mut spent = Spent::default();
        let until = Instant::now() + self.timeout;
        let session = self.session(None).await?;
        let mut told = self.described(&session, object, known, &mut spent, until).await;
        if told.as_ref().is_err_and(|error| error.kind() == Kind::SessionExpired) {
            let fresh = self.session(Some(&session)).await?;
            told = self.described(&fresh, object, known, &mut spent, until).await;
        }
        if told.as_ref().is_err_and(|error| error.kind().doubts_instance()) {
            *self.session.lock().await = None;
        }
        Ok(Asked { told: told?, api_calls: spent.calls, api_usage: spent.usage })
    }

    async fn described(
        &self,
        session: &Session,
        object: &str,
        known: Option<&Described>,
        spent: &mut Spent,
        until: Instant,
    ) -> Result<Told, Error> {
        let redactor = self.sign_in.redactor().clone().with(&session.token);
        let (http, retry_after) = (&self.http, self.retry_after);
        let mut api = Api { http, session, redactor: &redactor, spent, retry_after, until };
        let anew = describe::describe(&mut api, object, known).await?;
        Ok(anew.map_or(Told::AsKnown, Told::Anew))
    }

    /// Reads what ends one approval, if it is still as it was seen: one API call. Nothing is ended by that.
    pub async fn revocation(&self, approval: &Approval) -> Result<Revocation, NotRevocable> {
        let read = async { Ok(self.revocation_untimed(approval).await) };
        self.in_time(read).await?
    }

    async fn revocation_untimed(&self, approval: &Approval) -> Result<Revocation, NotRevocable> {
        let mut spent = Spent::default();
        let until = Instant::now() + self.timeout;
        let session = self.session(None).await?;
        let read = self.read_revocation(&session, approval, &mut spent, until).await;
        match read {
            Err(NotRevocable::Failed(error)) if error.kind() == Kind::SessionExpired => {
                let fresh = self.session(Some(&session)).await?;
                self.read_revocation(&fresh, approval, &mut spent, until).await
            }
            read => read,
        }
    }

    async fn read_revocation(
        &self,
        session: &Session,
        approval: &Approval,
        spent: &mut Spent,
        until: Instant,
    ) -> Result<Revocation, NotRevocable> {
        let redactor = self.sign_in.redactor().clone().with(&session.token);
        let (http, retry_after) = (&self.http, self.retry_after);
        revoke::read(&mut Api { http, session, redactor: &redactor, spent, retry_after, until }, approval).await
    }

    /// Ends an approval for good, once. An error says nothing of whether it is, so the org is to be looked at afterwards. Costs
    /// nothing of the allocation.
    pub async fn revoke(&self, revocation: Revocation) -> Result<Revoked, Error> {
        self.in_time(revoke::send(&self.http, revocation, self.sign_in.redactor())).await
    }

    /// Signs in with a code that a person got in a browser: the refresh token is kept in its file, the session here.
    pub async fn adopt(&self, authorization: &Authorization, code: &SecretString) -> Result<(), Error> {
        let session = self.in_time(self.sign_in.exchange(&self.http, authorization, code)).await?;
        *self.session.lock().await = Some(Arc::new(session));
        Ok(())
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::time::timeout(self.timeout, work).await.unwrap_or_else(|_| {
            let text = format!("{}: no answer within {:?}", self.sign_in.host(), self.timeout);
            Err(Error::new(Kind::Timeout, self.sign_in.redactor().redact(text)))
        })
    }

    async fn look_untimed(&self, ask: &Ask) -> Result<Looked, Error> {
        let mut spent = Spent::default();
        let until = Instant::now() + self.timeout;
        let session = self.session(None).await?;
        let mut picture = self.picture(&session, ask, &mut spent, until).await;
        if picture.as_ref().is_err_and(|error| error.kind() == Kind::SessionExpired) {
            let fresh = self.session(Some(&session)).await?;
            picture = self.picture(&fresh, ask, &mut spent, until).await;
        }
        if picture.as_ref().is_err_and(|error| error.kind().doubts_instance()) {
            *self.session.lock().await = None;
        }
        let identity = self.session.lock().await.as_ref().and_then(|session| session.identity.clone());
        Ok(Looked { picture: picture?, api_calls: spent.calls, api_usage: spent.usage, identity })
    }

    /// The session, or a fresh one where there is none or it is `ended`. Whoever comes while somebody signs in waits
    /// for that one.
    async fn session(&self, ended: Option<&Arc<Session>>) -> Result<Arc<Session>, Error> {
        let mut kept = self.session.lock().await;
        if let Some(session) = kept.as_ref().filter(|kept| !ended.is_some_and(|ended| Arc::ptr_eq(kept, ended))) {
            return Ok(Arc::clone(session));
        }
        *kept = None;
        let session = Arc::new(self.sign_in().await?);
        *kept = Some(Arc::clone(&session));
        Ok(session)
    }

    /// Signs in. An assertion holds by the org's clock, and how far that is from ours may show in the refusal alone: it
    /// is then dated anew, once.
    async fn sign_in(&self) -> Result<Session, Error> {
        let known = self.http.clock_offset_s();
        let org_time = |offset| self.clock.now() + TimeDelta::seconds(offset);
        let session = self.sign_in.session(&self.http, org_time(known)).await;
        let shown = self.http.clock_offset_s();
        match session {
            Err(error) if error.kind().doubts_clock() && (shown - known).abs() > CLOCK_MATTERS_S => {
                self.sign_in.session(&self.http, org_time(shown)).await
            }
            session => session,
        }
    }

    async fn picture(
        &self,
        session: &Session,
        ask: &Ask,
        spent: &mut Spent,
        until: Instant,
    ) -> Result<OrgPicture, Error> {
        let redactor = self.sign_in.redactor().clone().with(&session.token);
        let (http, retry_after) = (&self.http, self.retry_after);
        let mut api = Api { http, session, redactor: &redactor, spent, retry_after, until };
        let short_list = ask.short_list || self.short_list.load(Ordering::Relaxed);
        let (picture, short_list) = look::look(&mut api, ask, short_list).await?;
        self.short_list.store(short_list, Ordering::Relaxed);
        Ok(picture)
    }
}
