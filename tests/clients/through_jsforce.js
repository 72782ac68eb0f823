// jsforce, unmodified, against the simulator: every way to sign in that it has, queries with pages, describe, limits,
// composite, revoke, and its own errors. Arguments: the ready line of `fusebox sim`, and the written configuration's folder.
import assert from 'node:assert/strict';
import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import jsforce from 'jsforce';

const ready = JSON.parse(process.argv[2]);
const folder = process.argv[3];
const admin = async (path, order) => {
  const request = { headers: { Authorization: `Bearer ${ready.admin_token}` } };
  if (order) Object.assign(request, { method: 'POST', body: JSON.stringify(order) });
  const answer = await fetch(`${ready.admin}/${path}`, request);
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  return body;
};
const known = await admin('credentials');
const acme = known.orgs.acme;
const beta = known.orgs.beta;
const version = '60.0';

// Follows no redirect, so that the code in it is seen.
const location = (url) =>
  new Promise((resolve, reject) => {
    https.get(url, (answer) => resolve(answer.headers.location)).on('error', reject);
  });

const fails = async (work, code, words) => {
  await assert.rejects(work, (error) => {
    assert.equal(error.errorCode ?? error.name, code, `${error.name} ${error.errorCode} ${error.message}`);
    assert.match(error.message, words);
    return true;
  });
};

const tests = {
  async 'SOAP login with name and password'() {
    const conn = new jsforce.Connection({ loginUrl: ready.login, version });
    const user = await conn.login(acme.username, acme.passwords[acme.username]);
    assert.equal(conn.instanceUrl, acme.origin);
    assert.equal((await conn.identity()).user_id, user.id);
    await fails(() => new jsforce.Connection({ loginUrl: ready.login, version }).login(acme.username, 'wrong'), 'Error', /INVALID_LOGIN: Invalid username/);
  },

  async 'the password flow, where an org admits it'() {
    const oauth2 = { loginUrl: acme.origin, clientId: acme.client_id, clientSecret: acme.client_secret };
    const conn = new jsforce.Connection({ oauth2, version });
    await fails(() => conn.login(acme.username, acme.passwords[acme.username]), 'invalid_grant', /authentication failure/);
    await admin('fault', { kind: 'password_flow', org: 'acme', on: true });
    await conn.login(acme.username, acme.passwords[acme.username]);
    assert.equal(conn.instanceUrl, acme.origin);
  },

  async 'web server flow with PKCE, refresh, revoke'() {
    await admin('consent', { answer: 'allow' });
    const oauth2 = new jsforce.OAuth2({
      loginUrl: acme.origin, clientId: acme.client_id, clientSecret: acme.client_secret,
      redirectUri: acme.callbacks[0], useVerifier: true,
    });
    const to = new URL(await location(oauth2.getAuthorizationUrl({ scope: 'api id refresh_token', state: 'here' })));
    assert.equal(to.searchParams.get('state'), 'here');
    const conn = new jsforce.Connection({ oauth2, version });
    const user = await conn.authorize(to.searchParams.get('code'));
    assert.ok(user.organizationId.startsWith('00D') && conn.refreshToken);
    assert.equal((await conn.identity()).username, acme.username);

    // An expired session is refreshed by the library, once, and the call is repeated.
    await admin('clock', { advance: '3h' });
    let refreshed = 0;
    conn.on('refresh', () => (refreshed += 1));
    assert.equal((await conn.query('SELECT Id FROM Organization')).totalSize, 1);
    assert.equal(refreshed, 1);

    const token = conn.refreshToken;
    await oauth2.revokeToken(token);
    await fails(() => oauth2.refreshToken(token), 'invalid_grant', /expired access\/refresh token/);
    await fails(() => conn.query('SELECT Id FROM Organization'), 'Error', /Unable to refresh session due to: expired access\/refresh token/);
  },

  async 'JWT bearer'() {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: acme.client_id, sub: acme.username, aud: ready.login, exp: Math.floor(Date.now() / 1000) + 86400 };
    const text = `${part({ alg: 'RS256' })}.${part(claims)}`;
    const signature = createSign('RSA-SHA256').update(text).sign(readFileSync(`${folder}/fusebox.pem`)).toString('base64url');
    const conn = new jsforce.Connection({ oauth2: { loginUrl: ready.login, clientId: acme.client_id }, version });
    await conn.authorize({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: `${text}.${signature}` });
    assert.equal(conn.instanceUrl, acme.origin);
  },

  async 'client credentials'() {
    const oauth2 = { loginUrl: beta.origin, clientId: beta.client_id, clientSecret: beta.client_secret };
    const conn = new jsforce.Connection({ oauth2, version });
    await conn.authorize({ grant_type: 'client_credentials' });
    assert.equal(conn.instanceUrl, beta.origin);
    const wrong = new jsforce.Connection({ oauth2: { ...oauth2, clientSecret: 'x' }, version });
    await fails(() => wrong.authorize({ grant_type: 'client_credentials' }), 'invalid_client', /invalid client credentials/);
  },

  async 'a session given, a refresh token given, and logging out'() {
    const first = await session();
    const given = new jsforce.Connection({ instanceUrl: acme.origin, accessToken: first.accessToken, version });
    assert.equal((await given.query('SELECT Id FROM Organization')).totalSize, 1);
    // As Salesforce's own command line stores an address: with a slash at its end, and joined with another.
    const slashed = new jsforce.Connection({ instanceUrl: `${acme.origin}/`, accessToken: first.accessToken, version });
    assert.equal((await slashed.query('SELECT Id FROM Organization')).totalSize, 1);
    await first.logout();
    await fails(() => given.query('SELECT Id FROM Organization'), 'INVALID_SESSION_ID', /Session expired or invalid/);

    await admin('consent', { answer: 'allow' });
    const oauth2 = new jsforce.OAuth2({
      loginUrl: acme.origin, clientId: acme.client_id, clientSecret: acme.client_secret, redirectUri: acme.callbacks[0],
    });
    const to = new URL(await location(oauth2.getAuthorizationUrl({ scope: 'api id refresh_token' })));
    const { refresh_token: refreshToken } = await oauth2.requestToken(to.searchParams.get('code'));
    const conn = new jsforce.Connection({ oauth2, instanceUrl: acme.origin, refreshToken, version });
    assert.equal((await conn.query('SELECT Id FROM Organization')).totalSize, 1);
    const accessToken = conn.accessToken;
    await conn.logout(true);
    const dead = new jsforce.Connection({ instanceUrl: acme.origin, accessToken, version });
    await fails(() => dead.query('SELECT Id FROM Organization'), 'INVALID_SESSION_ID', /Session expired or invalid/);
    await fails(() => oauth2.refreshToken(refreshToken), 'invalid_grant', /expired access\/refresh token/);
  },

  async 'queries with pages over 2,600 approvals'() {
    const conn = await session();
    assert.equal((await conn.query("SELECT COUNT() FROM OauthToken WHERE AppName = 'WP Fusion (OAuth)' AND UseCount > 0")).totalSize > 2500, true);
    const first = await conn.query('SELECT CreatedDate FROM OauthToken ORDER BY CreatedDate');
    assert.deepEqual([first.records.length, first.done], [500, false]);
    const second = await conn.queryMore(first.nextRecordsUrl);
    assert.equal(second.records.length, 500);
    const all = await conn.query('SELECT UserId FROM OauthToken ORDER BY CreatedDate', { autoFetch: true, maxFetch: 10000 });
    assert.equal(all.records.length, 2500, 'a query of OauthToken stops there');
    const rest = await conn.query('SELECT UserId FROM OauthToken ORDER BY CreatedDate LIMIT 2500 OFFSET 2500');
    assert.ok(rest.records.length >= 100);
    const users = await conn.query('SELECT Id, Username FROM User', { autoFetch: true, maxFetch: 10000 });
    assert.ok(users.records.length >= 650);
  },

  async 'describe, limits, composite'() {
    const conn = await session();
    const names = (await conn.describeGlobal()).sobjects.map((object) => object.name);
    assert.ok(names.includes('Contact') && names.includes('OauthToken'));
    const contact = await conn.sobject('Contact').describe();
    assert.equal(contact.fields.find((field) => field.name === 'LastName').nillable, false);
    assert.ok((await conn.limits()).DailyApiRequests.Max > 0);
    const composite = await conn.request({
      method: 'POST', url: `/services/data/v${version}/composite`, headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ compositeRequest: [
        { method: 'GET', url: `/services/data/v${version}/query?q=SELECT+Id+FROM+Organization`, referenceId: 'one' },
        { method: 'GET', url: `/services/data/v${version}/query?q=SELECT+Nothing+FROM+Organization`, referenceId: 'two' },
      ] }),
    });
    assert.deepEqual(composite.compositeResponse.map((part) => part.httpStatusCode), [200, 400]);
    assert.equal(composite.compositeResponse[1].body[0].errorCode, 'INVALID_FIELD');
    assert.ok(conn.limitInfo.apiUsage.used > 0);
    const asked = encodeURIComponent('SELECT Id, User.Username FROM OauthToken');
    const { columnMetadata } = await conn.request(`/services/data/v${version}/query?q=${asked}&columns=true`);
    assert.deepEqual(columnMetadata.map((column) => [column.columnName, column.joinColumns.length]), [['Id', 0], ['User', 1]]);
  },

  async 'records, search, deleted ones'() {
    const conn = await session();
    const contacts = conn.sobject('Contact');
    const made = await contacts.create({ LastName: 'Fern', Email: 'fern@people.example' });
    assert.ok(made.success);
    assert.ok((await contacts.update({ Id: made.id, Phone: '1' })).success);
    assert.equal((await contacts.retrieve(made.id)).Phone, '1');
    assert.equal((await contacts.find({ Email: 'fern@people.example' }, 'Id, Name'))[0].Name, 'Fern');
    assert.equal(await contacts.count({ LastName: 'Fern' }), 1);
    const found = await conn.search('FIND {fern@people.example} IN EMAIL FIELDS RETURNING Contact(Id)');
    assert.equal(found.searchRecords[0].Id, made.id);
    assert.ok((await contacts.destroy(made.id)).success);
    const deleted = await conn.query('SELECT Id FROM Contact WHERE IsDeleted = true', { scanAll: true });
    assert.equal(deleted.totalSize, 1);
    await fails(() => contacts.create({ FirstName: 'Fern' }), 'REQUIRED_FIELD_MISSING', /\[LastName\]/);
  },

  async 'its own errors'() {
    const dead = new jsforce.Connection({ instanceUrl: acme.origin, accessToken: '00Dnothing!here', version });
    await fails(() => dead.query('SELECT Id FROM Organization'), 'INVALID_SESSION_ID', /Session expired or invalid/);
    const conn = await session();
    await fails(() => conn.query('SELECT Id FORM Organization'), 'MALFORMED_QUERY', /unexpected token/);
    await fails(() => conn.query('SELECT Nope FROM Organization'), 'INVALID_FIELD', /No such column 'Nope'/);
    await fails(() => conn.query('SELECT Id FROM Nothing__c'), 'INVALID_TYPE', /sObject type 'Nothing__c' is not supported/);
    await fails(() => conn.request(`/services/data/v${version}/nothing`), 'NOT_FOUND', /does not exist/);
    // A user without rights, by a password of its own.
    const other = Object.keys(acme.passwords).find((name) => name !== acme.username);
    const plain = new jsforce.Connection({ loginUrl: ready.login, version });
    await plain.login(other, acme.passwords[other]);
    await fails(() => plain.query('SELECT IsFrozen FROM UserLogin'), 'INVALID_TYPE', /UserLogin/);
    await fails(() => plain.limits(), 'INSUFFICIENT_ACCESS', /./);
    await admin('fault', { kind: 'leave_calls', org: 'acme', calls: 0 });
    await fails(() => conn.query('SELECT Id FROM Organization'), 'REQUEST_LIMIT_EXCEEDED', /TotalRequests Limit exceeded/);
    await admin('fault', { kind: 'leave_calls', org: 'acme', calls: 100000 });
  },
};

async function session() {
  const conn = new jsforce.Connection({ loginUrl: ready.login, version });
  await conn.login(acme.username, acme.passwords[acme.username]);
  return conn;
}

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok   jsforce: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL jsforce: ${name}\n${error.stack}`);
  }
}
console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
