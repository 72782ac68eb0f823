"""simple-salesforce, unmodified, against the simulator: every way to sign in that it has, queries with pages, describe,
limits, composite, revoke, and its own errors.

It insists on https and on Salesforce's own host names, so its requests go through a session of ours (a public argument),
which leads those names to the simulator. Arguments: the ready line of `fusebox sim --tls`, and the written
configuration's folder.
"""

import json
import sys
import traceback
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

READY = json.loads(sys.argv[1])
FOLDER = sys.argv[2]
AUTHORITY = f"{FOLDER}/ca.pem"
APPROVALS = "SELECT UserId FROM OauthToken ORDER BY CreatedDate"


def admin(path, order=None):
    headers = {"Authorization": f"Bearer {READY['admin_token']}"}
    url = f"{READY['admin']}/{path}"
    if order is None:
        answer = requests.get(url, headers=headers, verify=AUTHORITY)
    else:
        answer = requests.post(url, headers=headers, json=order, verify=AUTHORITY)
    answer.raise_for_status()
    return answer.json()


ORGS = admin("credentials")["orgs"]
ACME, BETA = ORGS["acme"], ORGS["beta"]


class ToTheSimulator(HTTPAdapter):
    """Leads login.salesforce.com and ORG.my.salesforce.com to the simulator's origins."""

    def send(self, request, **kwargs):
        url = urlsplit(request.url)
        name = url.netloc.removesuffix(".salesforce.com")
        if name != url.netloc:
            origin = READY["login"] if name == "login" else ORGS[name.removesuffix(".my")]["origin"]
            request.url = origin + url._replace(scheme="", netloc="").geturl()
        return super().send(request, **kwargs)


def session():
    session = requests.Session()
    session.trust_env = False
    session.verify = AUTHORITY
    session.mount("https://", ToTheSimulator())
    return session


def sign_in(**given):
    return Salesforce(session=session(), version="60.0", **given)


def by_password(org=ACME, username=None):
    username = username or org["username"]
    return sign_in(username=username, password=org["passwords"][username], security_token="")


def fails(kind, words, work):
    try:
        work()
    except kind as error:
        assert words in str(error), f"{error}"
        return
    raise AssertionError(f"nothing failed, {kind.__name__} was expected")


def soap_login():
    assert by_password().query("SELECT Id FROM Organization")["totalSize"] == 1
    by_organization = sign_in(
        username=ACME["username"], password=ACME["passwords"][ACME["username"]], organizationId="00D000000000001"
    )
    assert by_organization.sf_instance in ACME["origin"]
    wrong = lambda: sign_in(username=ACME["username"], password="wrong", security_token="")
    fails(SalesforceAuthenticationFailed, "INVALID_LOGIN", wrong)


def password_flow():
    given = {"username": ACME["username"], "password": ACME["passwords"][ACME["username"]]}
    given |= {"consumer_key": ACME["client_id"], "consumer_secret": ACME["client_secret"]}
    admin("fault", {"kind": "password_flow", "org": "acme", "on": False})
    fails(SalesforceAuthenticationFailed, "authentication failure", lambda: sign_in(**given))
    admin("fault", {"kind": "password_flow", "org": "acme", "on": True})
    assert sign_in(**given).limits()["DailyApiRequests"]["Max"] > 0


def jwt_bearer():
    given = {"username": ACME["username"], "consumer_key": ACME["client_id"], "privatekey_file": f"{FOLDER}/fusebox.pem"}
    assert sign_in(**given).query("SELECT Name FROM Organization")["totalSize"] == 1
    fails(SalesforceAuthenticationFailed, "invalid_client_id", lambda: sign_in(**(given | {"consumer_key": "3MVG9x"})))


def client_credentials():
    given = {"consumer_key": BETA["client_id"], "consumer_secret": BETA["client_secret"], "domain": "beta.my"}
    assert sign_in(**given).query("SELECT Name FROM Organization")["totalSize"] == 1
    fails(SalesforceAuthenticationFailed, "invalid client credentials", lambda: sign_in(**(given | {"consumer_secret": "x"})))


def session_id():
    first = by_password()
    second = sign_in(session_id=first.session_id, instance_url=ACME["origin"])
    assert second.query("SELECT Name FROM Organization")["totalSize"] == 1


def pages():
    org = by_password()
    assert org.query("SELECT COUNT() FROM OauthToken")["totalSize"] > 2500
    first = org.query(APPROVALS)
    assert (len(first["records"]), first["done"]) == (500, False)
    assert len(org.query_more(first["nextRecordsUrl"], True)["records"]) == 500
    assert len(org.query_all(APPROVALS)["records"]) == 2500, "a query of OauthToken stops there"
    assert len(org.query_all(f"{APPROVALS} LIMIT 2500 OFFSET 2500")["records"]) >= 100
    assert sum(1 for _ in org.query_all_iter("SELECT Id FROM User")) >= 650


def describe_limits_composite():
    org = by_password()
    assert any(known["name"] == "Contact" for known in org.describe()["sobjects"])
    fields = {field["name"]: field for field in org.Contact.describe()["fields"]}
    assert not fields["LastName"]["nillable"] and fields["Email"]["type"] == "email"
    assert org.limits()["DailyApiRequests"]["Remaining"] > 0
    assert org.api_usage["api-usage"].used > 0
    path = "/services/data/v60.0/query?q="
    parts = [
        {"method": "GET", "url": path + "SELECT+Id+FROM+Organization", "referenceId": "one"},
        {"method": "GET", "url": path + "SELECT+Nope+FROM+Organization", "referenceId": "two"},
    ]
    answer = org.restful("composite", method="POST", json={"compositeRequest": parts})
    assert [part["httpStatusCode"] for part in answer["compositeResponse"]] == [200, 400]
    answer = org.restful("composite/batch", method="POST", json={"batchRequests": [
        {"method": "GET", "url": "v60.0/limits"}, {"method": "GET", "url": "v60.0/sobjects/Nothing"}]})
    assert answer["hasErrors"] and [part["statusCode"] for part in answer["results"]] == [200, 404]


def records_and_search():
    org = by_password()
    made = org.Contact.create({"LastName": "Dill", "Email": "dill@people.example", "Points__c": 3})
    assert made["success"] and made["errors"] == []
    assert org.Contact.update(made["id"], {"Phone": "1"}) == 204
    assert org.Contact.get(made["id"])["Phone"] == "1"
    found = org.search("FIND {dill@people.example} IN EMAIL FIELDS RETURNING Contact(Id)")
    assert [row["Id"] for row in found["searchRecords"]] == [made["id"]]
    assert org.quick_search("Dill")["searchRecords"][0]["Id"] == made["id"]
    assert org.Contact.delete(made["id"]) == 204
    deleted = org.query("SELECT Id FROM Contact WHERE IsDeleted = true", include_deleted=True)
    assert deleted["totalSize"] == 1
    logins = list(org.query_all_iter("SELECT Status, LoginTime FROM LoginHistory ORDER BY LoginTime DESC LIMIT 1"))
    assert logins[0]["Status"] == "Success"


def revoked():
    org = by_password()
    answer = session().post(f"{ACME['origin']}/services/oauth2/revoke", data={"token": org.session_id})
    assert answer.status_code == 200
    fails(SalesforceExpiredSession, "INVALID_SESSION_ID", lambda: sign_in(
        session_id=org.session_id, instance_url=ACME["origin"]).query("SELECT Id FROM Organization"))


def own_errors():
    org = by_password()
    dead = sign_in(session_id="00Dnothing!here", instance_url=ACME["origin"])
    fails(SalesforceExpiredSession, "Session expired or invalid", lambda: dead.query("SELECT Id FROM Organization"))
    fails(SalesforceMalformedRequest, "MALFORMED_QUERY", lambda: org.query("SELECT Id FORM Organization"))
    fails(SalesforceMalformedRequest, "No such column", lambda: org.query("SELECT Nope FROM Organization"))
    fails(SalesforceMalformedRequest, "is not supported", lambda: org.query("SELECT Id FROM Nothing__c"))
    fails(SalesforceResourceNotFound, "NOT_FOUND", lambda: org.Contact.get("003000000000000AAA"))
    other = by_password(username=next(name for name in ACME["passwords"] if name != ACME["username"]))
    fails(SalesforceMalformedRequest, "INVALID_TYPE", lambda: other.query("SELECT IsFrozen FROM UserLogin"))
    fails(SalesforceRefusedRequest, "INSUFFICIENT_ACCESS", other.limits)
    admin("fault", {"kind": "leave_calls", "org": "acme", "calls": 0})
    fails(SalesforceRefusedRequest, "TotalRequests Limit exceeded.", lambda: org.query("SELECT Id FROM Organization"))
    admin("fault", {"kind": "leave_calls", "org": "acme", "calls": 100000})


TESTS = [
    soap_login, password_flow, jwt_bearer, client_credentials, session_id, pages, describe_limits_composite, records_and_search, revoked, own_errors,
]

if __name__ == "__main__":
    failed = 0
    for test in TESTS:
        try:
            test()
            print(f"ok   simple-salesforce: {test.__name__}")
        except Exception:
            failed += 1
            print(f"FAIL simple-salesforce: {test.__name__}")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
