"""Drives the package Mastodon.py, unchanged, through a person's first day on an instance."""

import html.parser
import os
import socket
import time
import urllib.parse

import requests
from mastodon import (
    Mastodon,
    MastodonAPIError,
    MastodonIllegalArgumentError,
    MastodonNotFoundError,
    MastodonUnauthorizedError,
)

ORIGIN = os.environ["PORTICO_ORIGIN"]
EMAIL = os.environ["PORTICO_EMAIL"]
PASSWORD = os.environ["PORTICO_PASSWORD"]
SISTER = os.environ["PORTICO_SISTER_HANDLE"]
SCOPES = ["read", "write", "follow", "push"]
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"

# Names below `localhost` are this machine, as RFC 6761 says and not every system's resolver does.
_getaddrinfo = socket.getaddrinfo


def _local(host, *rest, **named):
    if isinstance(host, str) and host.endswith(".localhost"):
        host = "127.0.0.1"
    return _getaddrinfo(host, *rest, **named)


socket.getaddrinfo = _local


class Forms(html.parser.HTMLParser):
    """The forms of a page: where each goes, its fields, and its buttons in order."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "form":
            form = {"action": a.get("action", ""), "fields": {}, "buttons": [], "secret": None, "name": None}
            self.forms.append(form)
        elif self.forms and tag == "input" and a.get("name"):
            form, kind = self.forms[-1], a.get("type", "text")
            form["fields"][a["name"]] = a.get("value", "")
            if kind == "password":
                form["secret"] = a["name"]
            elif kind in ("text", "email"):
                form["name"] = a["name"]
        elif self.forms and tag == "button" and a.get("name"):
            self.forms[-1]["buttons"].append((a["name"], a.get("value", "")))


def submitted(session, page, form, values):
    fields = form["fields"] | values
    url = urllib.parse.urljoin(page.url, form["action"])
    return session.post(url, data=fields, allow_redirects=False)


def followed(session, answer):
    """Follows redirects as a browser does, but stops at the client's own address."""
    while answer.is_redirect:
        target = urllib.parse.urljoin(answer.url, answer.headers["Location"])
        if not target.startswith(ORIGIN):
            return target, answer
        answer = session.get(target, allow_redirects=False)
    return answer.url, answer


def agreed(url):
    """Signs in at the page and agrees; gives the address or page where the code is."""
    session = requests.Session()
    where, page = followed(session, session.get(url, allow_redirects=False))
    assert page.status_code == 200, f"{where}: {page.status_code}"
    sign_in = next(form for form in Forms(page.text).forms if form["secret"])

    wrong = submitted(session, page, sign_in, {sign_in["name"]: EMAIL, sign_in["secret"]: "wrong"})
    assert wrong.status_code < 500
    _, again = followed(session, wrong)
    assert any(form["secret"] for form in Forms(again.text).forms), "a wrong password asks again"

    sign_in = next(form for form in Forms(again.text).forms if form["secret"])
    right = {sign_in["name"]: EMAIL, sign_in["secret"]: PASSWORD}
    where, page = followed(session, submitted(session, again, sign_in, right))
    if "code=" in where:
        return where, page
    assert page.status_code == 200, f"{where}: {page.status_code}\n{page.text}"
    forms = Forms(page.text).forms
    consent = next(form for form in forms if not form["secret"] and (form["buttons"] or "csrf" in str(form)))
    yes = next(
        (b for b in consent["buttons"] if b[1].lower() in ("approve", "allow", "authorize", "authorise", "yes", "1", "true")),
        consent["buttons"][0] if consent["buttons"] else None,
    )
    return followed(session, submitted(session, page, consent, dict([yes]) if yes else {}))


def code_of(where, page):
    query = urllib.parse.parse_qs(urllib.parse.urlparse(where).query)
    assert "code" in query, f"no code in {where}\n{page.text}"
    return query["code"][0], query


def eventually(what, ask):
    """Asks until there is an answer. The deadline only ends a broken run; it is long because machines may be busy."""
    found, deadline = None, time.monotonic() + 240
    while time.monotonic() < deadline:
        found = ask()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"still not: {what}; the last answer was {found!r:.300}")


def refused(error, call):
    try:
        call()
    except error:
        return
    raise AssertionError(f"{error.__name__} was expected")


# Registration
redirect = "http://127.0.0.1:9/callback"
client_id, client_secret = Mastodon.create_app(
    "Mastodon.py", scopes=SCOPES, redirect_uris=[OUT_OF_BAND, redirect], website="https://client.example",
    api_base_url=ORIGIN,
)
app = Mastodon(client_id, client_secret, api_base_url=ORIGIN)
print("version", app.retrieve_mastodon_version())

# Sign-in, by redirect with a state, and out of band
url = app.auth_request_url(scopes=SCOPES, redirect_uris=redirect, state="s 1&2", allow_http=True)
code, query = code_of(*agreed(url))
assert query["state"] == ["s 1&2"], query
token = app.log_in(code=code, redirect_uri=redirect, scopes=SCOPES, allow_http=True)
refused(MastodonIllegalArgumentError, lambda: Mastodon(client_id, client_secret, api_base_url=ORIGIN).log_in(
    code=code, redirect_uri=redirect, scopes=SCOPES, allow_http=True))
# The code was used twice: what it gave may be gone. The person signs in again.
oob = Mastodon(client_id, client_secret, api_base_url=ORIGIN)
code, _ = code_of(*agreed(oob.auth_request_url(scopes=SCOPES, redirect_uris=OUT_OF_BAND, allow_http=True)))
oob.log_in(code=code, redirect_uri=OUT_OF_BAND, scopes=SCOPES, allow_http=True)
alice = oob
assert alice.app_verify_credentials().name == "Mastodon.py"
refused(MastodonUnauthorizedError, lambda: Mastodon(access_token="wrong", api_base_url=ORIGIN).me())
bob = Mastodon(access_token=os.environ["PORTICO_BOB_TOKEN"], api_base_url=ORIGIN)

# Who am I, where am I
me = alice.account_verify_credentials()
assert me.username == "alice" and me.acct == "alice" and me.source.privacy, me
instance = alice.instance()
assert instance.configuration.statuses.max_characters >= 500, instance
assert alice.instance_v1().uri and alice.instance_v2().domain in ORIGIN
alice.instance_nodeinfo()
alice.custom_emojis()
alice.preferences()
changed = alice.account_update_credentials(display_name="Alice Ames", note="Bridges and bolts", fields=[("Desk", "3.14")])
assert changed.display_name == "Alice Ames" and changed.fields[0].name == "Desk", changed

# Following
bobs = bob.me()
relation = bob.account_follow(me.id)
assert relation.following, relation
assert [a.id for a in alice.account_followers(me.id)] == [bobs.id]
assert [a.id for a in bob.account_following(bobs.id)] == [me.id]
assert alice.account_relationships([bobs.id])[0].followed_by
assert alice.account_lookup("bob").id == bobs.id
assert any(a.id == bobs.id for a in alice.account_search("bob"))
sister = alice.search_v2(SISTER, resolve=True, result_type="accounts").accounts[0]
assert sister.acct == SISTER[1:], sister
alice.account_follow(sister.id)
eventually("alice follows carol", lambda: alice.account_relationships([sister.id])[0].following)
alice.account_unfollow(sister.id)
assert not alice.account_relationships([sister.id])[0].following

# Posting
hello = alice.status_post("Hello #portico & <b>everyone</b>", visibility="public", idempotency_key="one")
again = alice.status_post("Hello #portico & <b>everyone</b>", visibility="public", idempotency_key="one")
assert hello.id == again.id, "the same key gives the same status"
assert "&lt;b&gt;" in hello.content and hello.tags[0].name == "portico", hello
assert hello.visibility == "public" and hello.created_at.tzinfo is not None
assert alice.status(hello.id).id == hello.id
warned = alice.status_post("inside", spoiler_text="outside", sensitive=True, language="de", visibility="unlisted")
assert warned.spoiler_text == "outside" and warned.sensitive and warned.language == "de"
assert warned.visibility == "unlisted"
private = alice.status_post("for followers", visibility="private")
assert private.visibility == "private"
direct = alice.status_post("@bob only you", visibility="direct")
assert direct.visibility == "direct" and direct.mentions[0].acct == "bob"
edited = alice.status_update(hello.id, "Hello again #portico")
assert edited.edited_at and "again" in edited.content
assert len(alice.status_history(hello.id)) == 2
assert alice.status_source(hello.id).text == "Hello again #portico"

# Reading
seen = eventually("bob reads alice at home", lambda: [s for s in bob.timeline_home() if s.id == hello.id])[0]
assert seen.account.id == me.id
assert any(s.id == hello.id for s in bob.timeline_local())
assert any(s.id == hello.id for s in bob.timeline_public())
assert any(s.id == hello.id for s in bob.timeline_hashtag("portico"))
assert any(s.id == hello.id for s in bob.account_statuses(me.id))
assert any(s.id == hello.id for s in bob.search_v2(hello.url, resolve=True).statuses)
assert any(t.name == "portico" for t in bob.search_v2("#portico").hashtags)

# Doing things to a status
assert bob.status_favourite(hello.id).favourited
assert bob.status_reblog(hello.id).reblog.reblogged
assert bob.status_bookmark(hello.id).bookmarked
assert [s.id for s in bob.bookmarks()] == [hello.id]
assert [s.id for s in bob.favourites()] == [hello.id]
assert [a.id for a in alice.status_favourited_by(hello.id)] == [bobs.id]
assert [a.id for a in alice.status_reblogged_by(hello.id)] == [bobs.id]
reply = bob.status_reply(hello, "Welcome!")
assert reply.in_reply_to_id == hello.id and any(m.acct == "alice" for m in reply.mentions), reply
context = alice.status_context(hello.id)
assert [s.id for s in context.descendants] == [reply.id]
assert [s.id for s in alice.status_context(reply.id).ancestors] == [hello.id]
assert alice.status_pin(hello.id).pinned
assert [s.id for s in bob.account_statuses(me.id, pinned=True)] == [hello.id]
assert not alice.status_unpin(hello.id).pinned
assert not bob.status_unbookmark(hello.id).bookmarked

# Notifications
kinds = {n.type for n in alice.notifications()}
assert {"follow", "favourite", "reblog", "mention"} <= kinds, kinds
mention = next(n for n in alice.notifications(types=["mention"]))
assert mention.status.id == reply.id and alice.notifications(mention.id).id == mention.id
assert all(n.type != "mention" for n in alice.notifications(exclude_types=["mention"]))
assert any(n.status.id == direct.id for n in bob.notifications(types=["mention"]))
alice.notifications_dismiss(mention.id)
assert mention.id not in [n.id for n in alice.notifications()]
assert not bob.status_unfavourite(hello.id).favourited
assert not bob.status_unreblog(hello.id).reblogged

# Paging, forward and back
posts = [alice.status_post(f"number {n}", visibility="public") for n in range(25)]
first = bob.timeline_home(limit=10)
assert [s.id for s in first] == [s.id for s in reversed(posts[15:])]
second = bob.fetch_next(first)
assert [s.id for s in second] == [s.id for s in reversed(posts[5:15])]
back = bob.fetch_previous(second)
assert [s.id for s in back] == [s.id for s in first], "the previous page is the first again"
everything = bob.fetch_remaining(bob.account_statuses(me.id, limit=5))
assert len(everything) == len({s.id for s in everything}) >= 28, len(everything)
assert [s.id for s in bob.timeline_home(since_id=posts[22].id)] == [posts[24].id, posts[23].id]
assert [s.id for s in bob.timeline_home(min_id=posts[0].id, limit=2)] == [posts[2].id, posts[1].id]

# Where I was
alice.markers_set("home", last_read_ids=posts[3].id)
assert str(alice.markers_get("home").home.last_read_id) == str(posts[3].id)

# Muting, blocking
assert alice.account_mute(bobs.id).muting and [a.id for a in alice.mutes()] == [bobs.id]
assert not alice.account_unmute(bobs.id).muting
assert alice.account_block(bobs.id).blocking and [a.id for a in alice.blocks()] == [bobs.id]
assert not bob.account_relationships([me.id])[0].following, "a block ends the follow"
assert not alice.account_unblock(bobs.id).blocking

# A locked account
alice.account_update_credentials(locked=True)
assert bob.account_follow(me.id).requested
assert [a.id for a in alice.follow_requests()] == [bobs.id]
assert alice.follow_request_authorize(bobs.id).followed_by
assert bob.account_relationships([me.id])[0].following

# Taking back
alice.status_delete(hello.id)
refused(MastodonNotFoundError, lambda: alice.status(hello.id))
refused(MastodonNotFoundError, lambda: alice.status(1))
refused(MastodonAPIError, lambda: alice.status_post(""))
refused(MastodonAPIError, lambda: alice.status_post("x" * 100_000))
alice.revoke_access_token(allow_http=True)
print("Mastodon.py: all of it works")
