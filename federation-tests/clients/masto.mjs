// Drives the package masto, unchanged, through a person's first day on an instance.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createOAuthAPIClient, createRestAPIClient, MastoHttpError } from "masto";

const {
  PORTICO_ORIGIN: url,
  PORTICO_EMAIL: email,
  PORTICO_PASSWORD: password,
  PORTICO_BOB_TOKEN: bobToken,
  PORTICO_SISTER_HANDLE: sister,
} = process.env;
const scopes = "read write follow push";
const redirectUri = "masto-test://callback";

// As much of a browser as a sign-in needs: cookies, forms, redirects.
class Browser {
  cookies = new Map();

  async ask(target, options = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...options.headers, ...(cookie && { cookie }), origin: url };
    const answer = await fetch(target, { ...options, headers, redirect: "manual" });
    for (const set of answer.headers.getSetCookie()) {
      const [name, ...value] = set.split(";")[0].split("=");
      this.cookies.set(name, value.join("="));
    }
    if (answer.status < 300 || answer.status > 399) return { at: target, status: answer.status, text: await answer.text() };
    const next = new URL(answer.headers.get("location"), target).href;
    return next.startsWith(url) ? this.ask(next) : { at: next, status: answer.status, text: "" };
  }

  submit(page, form, values) {
    const body = new URLSearchParams({ ...form.fields, ...values });
    return this.ask(new URL(form.action, page.at).href, { method: "POST", body });
  }
}

const unescaped = (text) =>
  text
    .replaceAll("&#34;", '"').replaceAll("&quot;", '"').replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll(/&#(\d+);/g, (_, n) => String.fromCodePoint(n))
    .replaceAll(/&#x([0-9a-f]+);/gi, (_, n) => String.fromCodePoint(Number.parseInt(n, 16)))
    .replaceAll("&amp;", "&");

const attribute = (tag, name) => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
  return found && unescaped(found[1]);
};

const formsOf = (text) =>
  [...text.matchAll(/<form[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => {
    const inputs = [...form.matchAll(/<input[^>]*>/g)].map(([tag]) => tag);
    const named = inputs.filter((tag) => attribute(tag, "name"));
    const of = (...kinds) => named.find((tag) => kinds.includes(attribute(tag, "type") ?? "text"));
    return {
      action: attribute(form, "action") ?? "",
      fields: Object.fromEntries(named.map((tag) => [attribute(tag, "name"), attribute(tag, "value") ?? ""])),
      secret: of("password") && attribute(of("password"), "name"),
      name: of("text", "email") && attribute(of("text", "email"), "name"),
      buttons: [...form.matchAll(/<button[^>]*>/g)]
        .map(([tag]) => [attribute(tag, "name"), attribute(tag, "value") ?? ""])
        .filter(([name]) => name),
    };
  });

// Asks until there is an answer. The deadline only ends a broken run; it is long because machines may be busy.
const eventually = async (what, ask) => {
  let found;
  for (const end = Date.now() + 240_000; Date.now() < end; await pause(50)) {
    found = await ask();
    if (found) return found;
  }
  assert.fail(`still not: ${what}; the last answer was ${JSON.stringify(found)}`);
};

const refused = (status, call) =>
  assert.rejects(async () => await call, (error) => error instanceof MastoHttpError && error.statusCode === status);

// Registration
const anyone = createRestAPIClient({ url });
const app = await anyone.v1.apps.create({ clientName: "masto", redirectUris: redirectUri, scopes, website: "https://client.example" });
assert.ok(app.clientId && app.clientSecret);

// Sign-in with PKCE, into a custom scheme
const verifier = randomBytes(48).toString("base64url");
const authorize = new URL("/oauth/authorize", url);
authorize.search = new URLSearchParams({
  response_type: "code",
  client_id: app.clientId,
  redirect_uri: redirectUri,
  scope: scopes,
  state: "s&1",
  code_challenge: createHash("sha256").update(verifier).digest("base64url"),
  code_challenge_method: "S256",
});
const browser = new Browser();
let page = await browser.ask(authorize.href);
assert.equal(page.status, 200, page.text);
const signIn = formsOf(page.text).find((form) => form.secret);
page = await browser.submit(page, signIn, { [signIn.name]: email, [signIn.secret]: password });
if (!page.at.startsWith(redirectUri)) {
  assert.equal(page.status, 200, page.text);
  const consent = formsOf(page.text).find((form) => !form.secret && (form.buttons.length || "csrf" in form.fields));
  const yes = consent.buttons.find(([, value]) => /^(approve|allow|authori[sz]e|yes|1|true)$/i.test(value)) ?? consent.buttons[0];
  page = await browser.submit(page, consent, yes ? Object.fromEntries([yes]) : {});
}
assert.ok(page.at.startsWith(redirectUri), `${page.at} ${page.status} ${page.text}`);
const back = new URL(page.at).searchParams;
assert.equal(back.get("state"), "s&1");

const oauth = createOAuthAPIClient({ url });
const grant = {
  grantType: "authorization_code",
  clientId: app.clientId,
  clientSecret: app.clientSecret,
  redirectUri,
  code: back.get("code"),
  scope: scopes,
};
await assert.rejects(oauth.token.create({ ...grant, codeVerifier: "wrong".repeat(10) }));
const token = await oauth.token.create({ ...grant, codeVerifier: verifier }).catch(async () => {
  // A code that was tried wrongly is spent. The person is still signed in: agree once more.
  let page = await browser.ask(authorize.href);
  if (!page.at.startsWith(redirectUri)) {
    const consent = formsOf(page.text).find((form) => !form.secret && (form.buttons.length || "csrf" in form.fields));
    const yes = consent.buttons.find(([, value]) => /^(approve|allow|authori[sz]e|yes|1|true)$/i.test(value)) ?? consent.buttons[0];
    page = await browser.submit(page, consent, yes ? Object.fromEntries([yes]) : {});
  }
  return oauth.token.create({ ...grant, code: new URL(page.at).searchParams.get("code"), codeVerifier: verifier });
});
assert.equal(token.tokenType, "Bearer");
const appToken = await oauth.token.create({
  grantType: "client_credentials",
  clientId: app.clientId,
  clientSecret: app.clientSecret,
  redirectUri,
});
const asApp = createRestAPIClient({ url, accessToken: appToken.accessToken });
assert.equal((await asApp.v1.apps.verifyCredentials()).name, "masto");
const alice = createRestAPIClient({ url, accessToken: token.accessToken });
const bob = createRestAPIClient({ url, accessToken: bobToken });
await refused(401, createRestAPIClient({ url, accessToken: "wrong" }).v1.accounts.verifyCredentials());
await refused(401, anyone.v1.timelines.home.list());

// Who am I, where am I
const me = await alice.v1.accounts.verifyCredentials();
assert.equal(me.username, "alice");
const bobs = await bob.v1.accounts.verifyCredentials();
const instance = await anyone.v2.instance.fetch();
assert.ok(instance.configuration.statuses.maxCharacters >= 500);
assert.ok((await anyone.v1.instance.fetch()).uri);
await alice.v1.preferences.fetch();
await alice.v1.customEmojis.list();
const changed = await alice.v1.accounts.updateCredentials({ displayName: "Alice Ames", note: "Bridges" });
assert.equal(changed.displayName, "Alice Ames");

// Following
assert.equal((await bob.v1.accounts.$select(me.id).follow()).following, true);
assert.deepEqual((await alice.v1.accounts.$select(me.id).followers.list()).map((a) => a.id), [bobs.id]);
assert.deepEqual((await bob.v1.accounts.$select(bobs.id).following.list()).map((a) => a.id), [me.id]);
assert.equal((await alice.v1.accounts.relationships.fetch({ id: [bobs.id] }))[0].followedBy, true);
assert.equal((await alice.v1.accounts.lookup({ acct: "bob" })).id, bobs.id);
const [carol] = (await alice.v2.search.list({ q: sister, resolve: true, type: "accounts" })).accounts;
assert.equal(carol.acct, sister.slice(1));
await alice.v1.accounts.$select(carol.id).follow();
await eventually("alice follows carol", async () =>
  (await alice.v1.accounts.relationships.fetch({ id: [carol.id] }))[0].following);

// Posting
const say = (status, more = {}) => alice.v1.statuses.create({ status, visibility: "public", ...more });
const hello = await say("Hello #portico & <b>everyone</b>");
assert.match(hello.content, /&lt;b&gt;/);
assert.equal(hello.tags[0].name, "portico");
const warned = await say("inside", { spoilerText: "outside", sensitive: true, language: "de", visibility: "unlisted" });
assert.deepEqual([warned.spoilerText, warned.sensitive, warned.language, warned.visibility], ["outside", true, "de", "unlisted"]);
assert.equal((await say("for followers", { visibility: "private" })).visibility, "private");
const direct = await say("@bob only you", { visibility: "direct" });
assert.equal(direct.mentions[0].acct, "bob");
const edited = await alice.v1.statuses.$select(hello.id).update({ status: "Hello again #portico" });
assert.ok(edited.editedAt);
assert.equal((await alice.v1.statuses.$select(hello.id).history.list()).length, 2);
assert.equal((await alice.v1.statuses.$select(hello.id).source.fetch()).text, "Hello again #portico");

// Reading
const has = async (list, id) => (await list).some((status) => status.id === id);
await eventually("bob reads alice at home", () => has(bob.v1.timelines.home.list(), hello.id));
assert.ok(await has(bob.v1.timelines.public.list({ local: true }), hello.id));
assert.ok(await has(bob.v1.timelines.public.list(), hello.id));
assert.ok(await has(bob.v1.timelines.tag.$select("portico").list(), hello.id));
assert.ok(await has(bob.v1.accounts.$select(me.id).statuses.list(), hello.id));

// Doing things to a status
const its = bob.v1.statuses.$select(hello.id);
assert.equal((await its.favourite()).favourited, true);
assert.equal((await its.reblog()).reblog.reblogged, true);
assert.equal((await its.bookmark()).bookmarked, true);
assert.deepEqual((await bob.v1.bookmarks.list()).map((s) => s.id), [hello.id]);
assert.deepEqual((await bob.v1.favourites.list()).map((s) => s.id), [hello.id]);
assert.deepEqual((await alice.v1.statuses.$select(hello.id).favouritedBy.list()).map((a) => a.id), [bobs.id]);
assert.deepEqual((await alice.v1.statuses.$select(hello.id).rebloggedBy.list()).map((a) => a.id), [bobs.id]);
const reply = await bob.v1.statuses.create({ status: "@alice Welcome!", inReplyToId: hello.id, visibility: "public" });
const context = await alice.v1.statuses.$select(hello.id).context.fetch();
assert.deepEqual(context.descendants.map((s) => s.id), [reply.id]);
assert.equal((await alice.v1.statuses.$select(hello.id).pin()).pinned, true);
assert.equal((await alice.v1.statuses.$select(hello.id).unpin()).pinned, false);

// Notifications
const notifications = await alice.v1.notifications.list();
for (const type of ["follow", "favourite", "reblog", "mention"]) {
  assert.ok(notifications.some((n) => n.type === type), type);
}
const mentions = await alice.v1.notifications.list({ types: ["mention"] });
assert.deepEqual(mentions.map((n) => n.status.id), [reply.id]);
assert.equal((await alice.v1.notifications.$select(mentions[0].id).fetch()).id, mentions[0].id);
assert.ok((await bob.v1.notifications.list({ types: ["mention"] })).some((n) => n.status.id === direct.id));
await alice.v1.notifications.clear();
assert.equal((await alice.v1.notifications.list()).length, 0);
assert.equal((await its.unfavourite()).favourited, false);
assert.equal((await its.unreblog()).reblogged, false);

// Paging, by the Link header
const posts = [];
for (let n = 0; n < 25; n += 1) posts.push(await say(`number ${n}`));
const newestFirst = posts.map((s) => s.id).reverse();
const read = [];
for await (const part of bob.v1.timelines.home.list({ limit: 10 })) {
  read.push(...part.map((s) => s.id));
  if (read.length >= 25) break;
}
assert.deepEqual(read.slice(0, 25), newestFirst);
const after = await bob.v1.timelines.home.list({ minId: posts[0].id, limit: 2 });
assert.deepEqual(after.map((s) => s.id), [posts[2].id, posts[1].id]);
const since = await bob.v1.timelines.home.list({ sinceId: posts[22].id });
assert.deepEqual(since.map((s) => s.id), [posts[24].id, posts[23].id]);

// Where I was
await alice.v1.markers.create({ home: { lastReadId: posts[3].id } });
assert.equal((await alice.v1.markers.fetch({ timeline: ["home"] })).home.lastReadId, posts[3].id);

// Muting, blocking
assert.equal((await alice.v1.accounts.$select(bobs.id).mute()).muting, true);
assert.deepEqual((await alice.v1.mutes.list()).map((a) => a.id), [bobs.id]);
assert.equal((await alice.v1.accounts.$select(bobs.id).unmute()).muting, false);
assert.equal((await alice.v1.accounts.$select(bobs.id).block()).blocking, true);
assert.deepEqual((await alice.v1.blocks.list()).map((a) => a.id), [bobs.id]);
assert.equal((await alice.v1.accounts.$select(bobs.id).unblock()).blocking, false);

// A locked account
await alice.v1.accounts.updateCredentials({ locked: true });
assert.equal((await bob.v1.accounts.$select(me.id).follow()).requested, true);
assert.deepEqual((await alice.v1.followRequests.list()).map((a) => a.id), [bobs.id]);
assert.equal((await alice.v1.followRequests.$select(bobs.id).authorize()).followedBy, true);

// Taking back
await alice.v1.statuses.$select(hello.id).remove();
await refused(404, alice.v1.statuses.$select(hello.id).fetch());
await refused(422, alice.v1.statuses.create({ status: "" }));
await oauth.revoke({ clientId: app.clientId, clientSecret: app.clientSecret, token: token.accessToken });
await refused(401, alice.v1.accounts.verifyCredentials());
console.log("masto: all of it works");
