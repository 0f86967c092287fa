"""Calls every method of the package Mastodon.py that asks a server something, against a live instance.

What comes back is held against the type that the package declares for the method: its own class, and in each entity
every declared field that is not optional, of the declared type. A method that is not called is a failure, and so is
one on the list of known gaps that works by now.
"""

import datetime
import http.server
import importlib.metadata
import inspect
import io
import os
import pathlib
import socket
import struct
import sys
import threading
import time
import typing
import zlib

import mastodon
from mastodon import Mastodon, StreamListener
from mastodon.types_base import AttribAccessDict, _get_cached_type_hints

ORIGIN = os.environ["PORTICO_ORIGIN"]
DOMAIN = os.environ["PORTICO_DOMAIN"]

# What asks no server, or is not a method of the client API.
APART = set(
    """auth_request_url clear_caches create_account create_app decode_blurhash fetch_next fetch_previous fetch_remaining
    filters_apply generate_media_edit_attributes get_approx_server_time get_pagination_info get_status_length
    get_supported_version get_async_refresh_info log_in make_poll pagination_iterator pagination_page_iterator
    persistable_login_credentials push_subscription_decrypt_push push_subscription_generate_keys
    retrieve_mastodon_version revoke_access_token set_language timeline_is_available verify_minimum_version""".split()
)

# Method -> why it does not work here.
GAPS = pathlib.Path(__file__).with_name("mastodon_py_gaps.txt").read_text().splitlines()
KNOWN = dict(line.split(": ", 1) for line in GAPS if line and not line.startswith("#"))

# The deadline of every wait, in seconds. It only ends a broken run; it is long because machines may be busy.
PATIENCE = 240

# What the package declares and the documentation does not require.
UNDECLARED = {"InstanceAccountConfiguration.max_display_name_length"}
# What may be null, and the package does not declare so: the author of a page whom no account is known of.
NULLABLE = {"PreviewCardAuthor.account"}

# Names below `localhost` are this machine, as RFC 6761 says and not every system's resolver does.
_getaddrinfo = socket.getaddrinfo


def _local(host, *rest, **named):
    if isinstance(host, str) and host.endswith(".localhost"):
        host = "127.0.0.1"
    return _getaddrinfo(host, *rest, **named)


socket.getaddrinfo = _local


def faults_of(value, kind, where, deep=0):
    """What is wrong with a value of a declared type, in words."""
    if deep > 6 or kind is typing.Any or kind is inspect.Signature.empty:
        return []
    if isinstance(kind, str):
        kind = getattr(mastodon.return_types, kind, None)
        if kind is None:
            return []
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union:
        found = [faults_of(value, part, where, deep) for part in inner]
        return [] if any(not faults for faults in found) else min(found, key=len)
    if kind is type(None):
        return [] if value is None else [f"{where} is not null"]
    if origin is not None and (isinstance(value, list) or origin in (list, tuple)):
        if not isinstance(value, (list, tuple)):
            return [f"{where} is no list: {value!r:.80}"]
        return [fault for one in value[:3] for fault in faults_of(one, inner[0], f"{where}[]", deep + 1)]
    if inspect.isclass(kind) and issubclass(kind, AttribAccessDict):
        return faults_of_entity(value, kind, where, deep)
    if kind in (bool, int, float, datetime.datetime, datetime.date):
        allowed = (int, float) if kind is float else kind
        return [] if isinstance(value, allowed) else [f"{where} is no {kind.__name__}: {value!r:.80}"]
    if kind is str:
        return [] if isinstance(value, str) else [f"{where} is no text: {value!r:.80}"]
    return []


def faults_of_entity(value, kind, where, deep):
    if not isinstance(value, dict):
        return [f"{where} is no {kind.__name__}: {value!r:.80}"]
    faults = []
    for field, declared in _get_cached_type_hints(kind).items():
        field = getattr(kind, "_rename_map", {}).get(field, field)
        if field not in value:
            optional = type(None) in typing.get_args(declared)
            if not optional and f"{kind.__name__}.{field}" not in UNDECLARED:
                faults.append(f"{where}.{field} ({kind.__name__}) is missing")
            continue
        if value[field] is None and f"{kind.__name__}.{field}" in NULLABLE:
            continue
        faults += faults_of(value[field], declared, f"{where}.{field}", deep + 1)
    return faults


class Sweep:
    """Calls methods and keeps what came of each."""

    def __init__(self):
        self.called, self.failed = set(), {}

    def of(self, client):
        return Calls(self, client)


class Calls:
    """A client whose calls are kept; a call that fails gives None and goes on the list."""

    def __init__(self, sweep, client):
        self._sweep, self._client = sweep, client

    def __getattr__(self, name):
        method = getattr(self._client, name)

        def call(*arguments, **named):
            self._sweep.called.add(name)
            try:
                answer = method(*arguments, **named)
                hints = typing.get_type_hints(inspect.unwrap(getattr(Mastodon, name)))
                faults = faults_of(answer, hints.get("return", typing.Any), name)
                if faults:
                    self._sweep.failed.setdefault(name, "; ".join(faults[:4]))
                return answer
            except Exception as error:
                self._sweep.failed.setdefault(name, f"{type(error).__name__}: {error}"[:400])
                return None

        return call


def client(variable):
    return Mastodon(access_token=os.environ[variable], api_base_url=ORIGIN, version_check_mode="none",
                    ratelimit_method="throw", request_timeout=PATIENCE)


def png(red, size=64):
    """A small picture."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    rows = b"".join(b"\x00" + bytes([red, x * 3 % 256, y * 3 % 256]) * 1 + bytes([red, 9, 9]) * (size - 1)
                    for x, y in ((n, n) for n in range(size)))
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def picture(red=10):
    return io.BytesIO(png(red))


def eventually(what, ask):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = ask()
        if found:
            return found
        time.sleep(0.05)
    print(f"after {PATIENCE} s still not: {what}")
    return None


class Page(http.server.BaseHTTPRequestHandler):
    """A page that somebody links to, with a picture."""

    def do_GET(self):
        is_picture = self.path == "/picture.png"
        body = png(120) if is_picture else b"""<!DOCTYPE html><html lang="en"><head><title>Bridges</title>
            <meta property="og:description" content="How they hold"><meta name="author" content="Nina">
            <meta property="article:published_time" content="2026-07-02T07:47:51Z">
            <meta property="og:image" content="/picture.png"></head></html>"""
        self.send_response(200)
        self.send_header("Content-Type", "image/png" if is_picture else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def page_host():
    """Serves the page; gives its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://pages.localhost:{server.server_port}/bridges"


def people(a, b, bob_id, me):
    a.account(bob_id)
    a.accounts([bob_id, me.id])
    a.account_verify_credentials()
    a.me()
    a.account_update_credentials(display_name="Alice Ames", note="Bridges", fields=[("Desk", "3.14")],
                                 avatar=picture(), avatar_mime_type="image/png", header=picture(99),
                                 header_mime_type="image/png", bot=False, discoverable=True, locked=False)
    a.account_follow(bob_id, notify=True)
    b.account_follow(me.id)
    a.account_followers(me.id)
    a.account_following(me.id)
    a.account_relationships([bob_id])
    a.account_familiar_followers([bob_id])
    a.account_featured_tags(bob_id)
    a.account_lists(bob_id)
    a.account_lookup("bob")
    a.account_search("bob")
    a.account_statuses(bob_id)
    a.account_note_set(bob_id, "sits by the window")
    a.account_pin(bob_id)
    a.endorsements()
    a.account_unpin(bob_id)
    a.account_endorse(bob_id)
    a.account_unendorse(bob_id)
    a.account_mute(bob_id, notifications=True, duration=3600)
    a.mutes()
    a.account_unmute(bob_id)
    a.profile()
    a.profile_update(display_name="Alice A.", note="Bridges and bolts")
    a.account_delete_avatar()
    a.account_delete_header()
    a.preferences()
    a.directory()
    a.suggestions()
    a.suggestions_v1()
    a.suggestions_v2()
    a.suggestion_delete(bob_id)
    a.domain_block("spam.example")
    a.domain_blocks()
    a.domain_unblock("spam.example")
    a.follow_requests()


def following(a, b, bob_id, me):
    a.account_update_credentials(locked=True)
    b.account_unfollow(me.id)
    b.account_follow(me.id)
    a.follow_request_reject(bob_id)
    b.account_follow(me.id)
    a.follow_request_authorize(bob_id)
    a.account_remove_from_followers(bob_id)
    a.account_update_credentials(locked=False)
    b.account_follow(me.id)
    a.account_block(bob_id)
    a.blocks()
    a.account_unblock(bob_id)
    a.account_follow(bob_id)
    b.account_follow(me.id)


def statuses(a, b, bob_id, page):
    one = a.status_post(f"Hello #portico and #bridges {page}", visibility="public", language="en")
    a.toot("Short and plain")
    a.status(one.id)
    a.statuses([one.id])
    b.status_favourite(one.id)
    b.status_reblog(one.id)
    b.status_bookmark(one.id)
    b.favourites()
    b.bookmarks()
    a.status_favourited_by(one.id)
    a.status_reblogged_by(one.id)
    reply = b.status_reply(one, "Welcome!")
    a.status_context(one.id)
    eventually("a card", lambda: a._client.status(one.id).card)
    card = a.status_card(one.id)
    if card is None or card.title != "Bridges" or not card.image or not card.blurhash:
        a._sweep.failed.setdefault("status_card", f"not the card of the page: {card!r:.200}")
    a.status_pin(one.id)
    a.status_unpin(one.id)
    a.status_mute(one.id)
    a.status_unmute(one.id)
    a.status_update(one.id, f"Hello again #portico and #bridges {page}")
    a.status_history(one.id)
    a.status_source(one.id)
    a.status_translate(one.id, "de")
    quotes(a, b)
    b.status_unfavourite(one.id)
    b.status_unreblog(one.id)
    b.status_unbookmark(one.id)
    b.status_favourite(one.id)
    gone = a.status_post("Soon gone")
    a.status_delete(gone.id)
    return one, reply


def quotes(a, b):
    quoted = a.status_post("Quote me", visibility="public", quote_approval_policy="public")
    quoting = b.status_post("I quote this", visibility="public", quoted_status_id=quoted.id)
    assert quoting.quote.state == "accepted" and quoting.quote.quoted_status.id == quoted.id, quoting.quote
    assert [one.id for one in a.status_quotes(quoted.id)] == [quoting.id]
    assert any(one.status.id == quoting.id for one in a.notifications(types=["quote"]))
    a.status_update(quoted.id, "Quote me, please")
    assert any(one.status.id == quoting.id for one in b.notifications(types=["quoted_update"]))
    closed = a.status_update_quote_approval_policy(quoted.id, "nobody")
    assert closed.quote_approval.automatic == [], closed.quote_approval
    revoked = a.status_quote_revoke(quoted.id, quoting.id)
    assert (revoked.quote.state, revoked.quote.quoted_status) == ("revoked", None), revoked.quote


def media_and_polls(a, b):
    made = a.media_post(picture(40), mime_type="image/png", description="A red square", focus=(0.1, -0.2))
    if made is not None:
        a.media(made.id)
        a.media_update(made.id, description="A dark red square", focus=(0.0, 0.5))
        a.status_post("With a picture", media_ids=[made.id])
    else:
        a.media(1)
        a.media_update(1, description="x")
    asked = a.status_post("Which?", poll=a._client.make_poll(["this", "that"], expires_in=3600, multiple=False))
    poll = asked.poll if asked is not None else None
    a.poll(poll.id if poll else 1)
    b.poll_vote(poll.id if poll else 1, [0])
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
    later = a.status_post("Later", scheduled_at=at)
    a.scheduled_statuses()
    a.scheduled_status(later.id if later else 1)
    a.scheduled_status_update(later.id if later else 1, at + datetime.timedelta(hours=1))
    a.scheduled_status_delete(later.id if later else 1)


def timelines(a, bob_id, page):
    a.timeline("home")
    a.timeline_home()
    a.timeline_local()
    a.timeline_public()
    a.timeline_hashtag("portico")
    if not a.timeline_link(page):
        a._sweep.failed.setdefault("timeline_link", "the post with the link is not in it")
    own = a.list_create("Team", replies_policy="list", exclusive=False)
    number = own.id if own else 1
    a.lists()
    a.list(number)
    a.list_update(number, "The team", replies_policy="none")
    a.list_accounts_add(number, [bob_id])
    a.list_accounts(number)
    a.timeline_list(number)
    a.list_accounts_delete(number, [bob_id])
    a.list_delete(number)
    a.conversations()
    a.markers_set("home", 1)
    a.markers_get(["home"])
    a.search("bob")
    a.search_v1("bob")
    a.search_v2("#portico")


def curation(a, one):
    old = a.filter_create("spoiler", ["home"], irreversible=False, whole_word=True, expires_in=3600)
    number = old.id if old else 1
    a.filters()
    a.filter(number)
    a.filter_update(number, phrase="spoilers", context=["home", "public"])
    a.filter_delete(number)
    new = a.create_filter_v2("News", ["home"], "warn", keywords_attributes=[{"keyword": "budget", "whole_word": True}])
    number = new.id if new else 1
    a.filters_v2()
    a.filter_v2(number)
    a.update_filter_v2(number, title="The news")
    word = a.add_filter_keyword_v2(number, "quarter")
    a.filter_keywords_v2(number)
    a.delete_filter_keyword_v2(word.id if word else 1)
    held = a.add_filter_status_v2(number, one.id)
    a.filter_statuses_v2(number)
    a.filter_status_v2(held.id if held else 1)
    a.delete_filter_status_v2(held.id if held else 1)
    a.delete_filter_v2(number)
    a.tag("portico")
    a.tag_follow("portico")
    a.followed_tags()
    a.tag_unfollow("portico")
    a.tag_feature("portico")
    a.tag_unfeature("portico")
    featured = a.featured_tag_create("bridges")
    a.featured_tags()
    a.featured_tag_suggestions()
    a.featured_tag_delete(featured.id if featured else 1)
    a.trends()
    a.trending_tags()
    for name in ("trending_statuses", "trending_links"):
        if not getattr(a, name)():
            a._sweep.failed.setdefault(name, "nothing trends")


def notices(a, b, r, bob_id):
    a.notifications()
    first = eventually("a notification", lambda: a.notifications())
    a.notifications(first[0].id) if first else None
    a.notifications_unread_count()
    groups = a.grouped_notifications()
    key = groups.notification_groups[0].group_key if groups and groups.notification_groups else "ungrouped-1"
    a.grouped_notification(key)
    a.grouped_notification_accounts(key)
    a.unread_grouped_notifications_count()
    a.dismiss_grouped_notification(key)
    a.notifications_policy()
    a.update_notifications_policy(for_not_following="filter")
    a.account_unfollow(bob_id)
    b.status_post("@alice are you there?", visibility="public")
    waiting = eventually("a request", lambda: a.notification_requests())
    number = waiting[0].id if waiting else 1
    a.notification_request(number)
    a.accept_notification_request(number)
    a.notifications_merged()
    # Whom one has let through does not wait again: somebody else asks.
    r.status_post("@alice hello?", visibility="public")
    more = eventually("another request", lambda: a.notification_requests())
    a.dismiss_notification_request(more[0].id if more else number)
    r.status_post("@alice hello??", visibility="public")
    ids = [request.id for request in a.notification_requests() or []] or [number]
    a.accept_multiple_notification_requests(ids)
    a.dismiss_multiple_notification_requests(ids)
    a.update_notifications_policy(for_not_following="accept")
    remaining = a.notifications()
    a.notifications_dismiss(remaining[0].id) if remaining else a.notifications_dismiss(1)
    a.notifications_clear()
    a.account_follow(bob_id)
    b.status_post("@alice between us", visibility="direct")
    talk = eventually("a conversation", lambda: a.conversations())
    a.conversations_read(talk[0].id if talk else 1)


def house(a):
    a.instance()
    a.instance_v1()
    a.instance_v2()
    a.instance_activity()
    a.instance_domain_blocks()
    a.instance_extended_description()
    a.instance_health()
    a.instance_languages()
    a.instance_nodeinfo()
    a.instance_peers()
    a.instance_rules()
    a.instance_terms_of_service()
    a.instance_translation_languages()
    a.custom_emojis()
    there = a.announcements()
    if there:
        a.announcement_reaction_create(there[0].id, "👍")
        a.announcement_reaction_delete(there[0].id, "👍")
        a.announcement_dismiss(there[0].id)
    a.annual_reports()
    year = datetime.date.today().year - 1
    a.annual_report(year)
    a.annual_report_state(year)
    a.annual_report_read(year)
    a.annual_report_generate(year)
    a.email_resend_confirmation()
    a.get_async_refresh_status("none")
    a.await_async_refresh("none")
    a.app_verify_credentials()
    a.oauth_authorization_server_info()
    a.oauth_userinfo()
    a.stream_healthy()


def push(a):
    _, public = a._client.push_subscription_generate_keys()
    a.push_subscription_set(f"{ORIGIN}/push", public, mention_events=True, favourite_events=True)
    a.push_subscription()
    a.push_subscription_update(mention_events=False)
    a.push_subscription_delete()


class Heard(StreamListener):
    """Notes the events of a stream."""

    def __init__(self):
        self.events = []

    def on_update(self, status):
        self.events.append(status)

    def on_notification(self, notification):
        self.events.append(notification)

    def on_conversation(self, conversation):
        self.events.append(conversation)


def streams(sweep, a, b, me):
    own = a.list_create("Streamed", replies_policy="list")
    if own:
        a.list_accounts_add(own.id, [b._client.me().id])
    said = {
        "stream_user": ((), lambda: b.status_post("to the home stream", visibility="public")),
        "stream_public": ((), lambda: b.status_post("to everyone", visibility="public")),
        "stream_local": ((), lambda: b.status_post("to everyone here", visibility="public")),
        "stream_hashtag": (("streamed",), lambda: b.status_post("with a #streamed tag", visibility="public")),
        "stream_list": ((own.id if own else 1,), lambda: b.status_post("to the list", visibility="public")),
        "stream_direct": ((), lambda: b.status_post("@alice to you alone", visibility="direct")),
        "stream_user_notifications": ((), lambda: b.status_post("@alice look", visibility="public")),
    }
    for name, (arguments, cause) in said.items():
        heard = Heard()
        handle = getattr(a, name)(*arguments, heard, run_async=True, reconnect_async=False, timeout=PATIENCE)
        if handle is None:
            continue
        if not eventually(f"{name} opens", handle.is_receiving):
            sweep.failed.setdefault(name, "the stream does not open")
        cause()
        if not eventually(f"{name} sends an event", lambda: heard.events):
            sweep.failed.setdefault(name, "no event arrived")
        handle.close()
    heard = Heard()
    handle = a.stream_open_websocket(heard)
    if handle is not None:
        handle.close()


def administration(r, a, bob_id):
    """`r` has the role and scopes of an administrator."""
    filed = a.report(bob_id, comment="shouts", category="other")
    r.admin_accounts()
    r.admin_accounts_v1()
    r.admin_accounts_v2()
    third = os.environ["PORTICO_THIRD_ID"]
    r.admin_account(third)
    r.admin_account_approve(third)
    r.admin_account_reject(third)
    r.admin_account_moderate(third, "sensitive")
    r.admin_account_unsensitive(third)
    r.admin_account_moderate(third, "silence")
    r.admin_account_unsilence(third)
    r.admin_account_moderate(third, "disable")
    r.admin_account_enable(third)
    r.admin_account_moderate(third, "suspend")
    r.admin_account_unsuspend(third)
    r.admin_account_moderate(third, "suspend")
    r.admin_account_delete(third)
    listed = r.admin_reports()
    number = listed[0].id if listed else (filed.id if filed else 1)
    r.admin_report(number)
    r.admin_report_assign(number)
    r.admin_report_unassign(number)
    r.admin_report_resolve(number)
    r.admin_report_reopen(number)
    allowed = r.admin_create_domain_allow("friend.example")
    r.admin_domain_allows()
    r.admin_domain_allow(allowed.id if allowed else 1)
    r.admin_delete_domain_allow(allowed.id if allowed else 1)
    blocked = r.admin_create_domain_block("foe.example", severity="suspend", private_comment="spam")
    r.admin_domain_blocks()
    r.admin_update_domain_block(blocked.id if blocked else 1, severity="silence")
    r.admin_delete_domain_block(blocked.id if blocked else 1)
    mail = r.admin_create_email_domain_block("throwaway.example")
    r.admin_email_domain_blocks()
    r.admin_email_domain_block(mail.id if mail else 1)
    r.admin_delete_email_domain_block(mail.id if mail else 1)
    address = r.admin_create_ip_block("198.51.100.0/24", "no_access", comment="noise", expires_in=3600)
    r.admin_ip_blocks()
    r.admin_ip_block(address.id if address else 1)
    r.admin_update_ip_block(address.id if address else 1, comment="loud noise")
    r.admin_delete_ip_block(address.id if address else 1)
    hashed = r.admin_create_canonical_email_block(email="mallory@throwaway.example")
    r.admin_canonical_email_blocks()
    r.admin_canonical_email_block(hashed.id if hashed else 1)
    r.admin_test_canonical_email_block("mallory@throwaway.example")
    r.admin_delete_canonical_email_block(hashed.id if hashed else 1)
    until = datetime.datetime.now(datetime.timezone.utc)
    since = until - datetime.timedelta(days=7)
    r.admin_measures(since, until, active_users=True, new_users=True, interactions=True, opened_reports=True,
                     resolved_reports=True, tag_accounts="portico", tag_uses="portico", tag_servers="portico",
                     instance_accounts="foe.example", instance_reports="foe.example")
    r.admin_dimensions(since, until, languages=True, sources=True, servers=True, space_usage=True, software_versions=True)
    r.admin_retention(since, until, "day")
    links, posts, tags = r.admin_trending_links(), r.admin_trending_statuses(), r.admin_trending_tags()
    for verb in ("approve", "reject"):
        getattr(r, f"admin_{verb}_trending_link")(links[0].id if links and "id" in links[0] else 1)
        getattr(r, f"admin_{verb}_trending_status")(posts[0].id if posts else 1)
        getattr(r, f"admin_{verb}_trending_tag")(tags[0].id if tags else 1)


def main():
    sweep = Sweep()
    alice, bob, root = (client(f"PORTICO_{name}_TOKEN") for name in ("ALICE", "BOB", "ROOT"))
    a, b, r = sweep.of(alice), sweep.of(bob), sweep.of(root)
    me, bob_id = alice.me(), bob.me().id
    people(a, b, bob_id, me)
    following(a, b, bob_id, me)
    page = page_host()
    one, _ = statuses(a, b, bob_id, page)
    media_and_polls(a, b)
    timelines(a, bob_id, page)
    curation(a, one)
    notices(a, b, r, bob_id)
    house(a)
    push(a)
    streams(sweep, a, b, me)
    administration(r, a, bob_id)

    every = {name for name, _ in inspect.getmembers(Mastodon, inspect.isfunction) if not name.startswith("_")} - APART
    faults = [f"{name}: {why}" for name, why in sorted(sweep.failed.items()) if name not in KNOWN]
    faults += [f"{name}: never called" for name in sorted(every - sweep.called - KNOWN.keys())]
    faults += [f"{name}: works by now: take it off the list" for name in sorted(KNOWN.keys() & sweep.called - sweep.failed.keys())]
    good = len((every & sweep.called) - sweep.failed.keys())
    version = importlib.metadata.version("Mastodon.py")
    print(f"Mastodon.py {version}: {good} of {len(every)} methods work, {len(KNOWN)} are known not to")
    if faults:
        sys.exit(f"{len(faults)} faults\n" + "\n".join(faults))


main()
