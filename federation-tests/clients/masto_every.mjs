// Calls every method of the REST client and every stream of the package masto against a live instance. A method
// that is not called is a failure, and so is one on the list of known gaps that works by now.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createRestAPIClient, createStreamingAPIClient } from "masto";
import { methods } from "./masto_methods.mjs";

const url = process.env.PORTICO_ORIGIN;
const third = process.env.PORTICO_THIRD_ID;
const picture = readFileSync(`${process.env.PORTICO_TOOT_SUITE}/tests/assets/test1.png`);
const lines = readFileSync(fileURLToPath(new URL("masto_gaps.txt", import.meta.url)), "utf8").split("\n");
const known = new Map(lines.filter((line) => line && !line.startsWith("#")).map((line) => line.split(/: (.*)/)));

const called = new Set();
const failed = new Map();
const fault = (path, why) => failed.has(path) || failed.set(path, String(why).slice(0, 300));

// A person's client. `ask("v1.lists.$select.accounts.create", [id], parameters)` calls that method, keeps that it was
// called and what went wrong; `keys` must be in what it answers, or in its first item.
const person = (name) => {
  const client = createRestAPIClient({ url, accessToken: process.env[`PORTICO_${name}_TOKEN`] });
  return async (path, selected = [], parameters = undefined, keys = []) => {
    called.add(path);
    const left = [...selected];
    let at = client;
    const steps = path.split(".");
    const last = steps.pop();
    for (const step of steps) at = step === "$select" ? at.$select(left.shift() ?? "1") : at[step];
    try {
      const answer = await at[last](parameters);
      const one = Array.isArray(answer) ? answer[0] : answer;
      const missing = keys.filter((key) => one?.[key] === undefined || one[key] === null);
      if (missing.length) fault(path, one === undefined ? "an empty list" : `${missing.join(", ")} missing`);
      return answer;
    } catch (error) {
      fault(path, `${error.statusCode ?? ""} ${error.message}`);
      return undefined;
    }
  };
};

// The deadline of every wait. It only ends a broken run; it is long because machines may be busy.
const PATIENCE = 240_000;

const eventually = async (ask) => {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(50)) {
    const found = await ask();
    if (Array.isArray(found) ? found.length : found) return found;
  }
  return undefined;
};

// A page with a preview, for the link timeline and what trends.
const page = createServer((_, answer) => {
  answer.setHeader("content-type", "text/html");
  answer.end(`<!doctype html><title>A page</title><meta property="og:title" content="The page">
    <meta property="og:description" content="What it is about">`);
});
await new Promise((listening) => page.listen(0, "127.0.0.1", listening));
const link = `http://page.localhost:${page.address().port}/a`;

const [a, b, r] = ["ALICE", "BOB", "ROOT"].map(person);
const me = await a("v1.accounts.verifyCredentials", [], undefined, ["id", "acct", "source", "role"]);
const bob = await b("v1.accounts.verifyCredentials", [], undefined, ["id", "acct"]);

const people = async () => {
  await a("v1.accounts.updateCredentials", [], { displayName: "Alice Ames", note: "Bridges" }, ["displayName", "fields"]);
  await a("v1.profile.fetch", [], undefined, ["id", "displayName"]);
  await a("v1.profile.update", [], { displayName: "Alice A. Ames" }, ["displayName"]);
  await a("v1.profile.avatar.remove");
  await a("v1.profile.header.remove");
  await a("v1.accounts.create", [], { username: "new", email: "new@people.example", password: "correct horse battery", agreement: true, locale: "en" });
  await a("v1.accounts.$select.fetch", [bob.id], undefined, ["id", "url", "avatar"]);
  await a("v1.accounts.fetch", [], { id: [bob.id, me.id] }, ["id"]);
  await a("v1.accounts.lookup", [], { acct: "bob" }, ["id"]);
  await a("v1.accounts.search.list", [], { q: "bob" }, ["id"]);
  await a("v1.accounts.$select.follow", [bob.id], { reblogs: true }, ["following"]);
  await b("v1.accounts.$select.follow", [me.id], undefined, ["following"]);
  await r("v1.accounts.$select.follow", [bob.id]);
  await a("v1.accounts.relationships.fetch", [], { id: [bob.id] }, ["following", "note"]);
  await r("v1.accounts.familiarFollowers.fetch", [], { id: [me.id] }, ["id", "accounts"]);
  await a("v1.accounts.$select.followers.list", [me.id], undefined, ["id"]);
  await a("v1.accounts.$select.following.list", [me.id], undefined, ["id"]);
  await a("v1.accounts.$select.featuredTags.list", [me.id]);
  await a("v1.accounts.$select.identityProofs.list", [bob.id]);
  await a("v1.accounts.$select.note.create", [bob.id], { comment: "sits by the window" }, ["note"]);
  for (const verb of ["pin", "unpin", "endorse"]) await a(`v1.accounts.$select.${verb}`, [bob.id], undefined, ["id"]);
  await a("v1.endorsements.list", [], undefined, ["id"]);
  await a("v1.accounts.$select.endorsements.list", [me.id], undefined, ["id"]);
  await a("v1.accounts.$select.unendorse", [bob.id], undefined, ["id"]);
  await a("v1.accounts.$select.collections.list", [me.id]);
  await a("v1.accounts.$select.inCollections.list", [me.id]);
  await a("v1.accounts.$select.mute", [bob.id], { duration: 3600 }, ["muting"]);
  await a("v1.mutes.list", [], undefined, ["id"]);
  await a("v1.accounts.$select.unmute", [bob.id], undefined, ["id"]);
  await a("v1.directory.list", [], { local: true }, ["id"]);
  await a("v1.suggestions.list");
  await a("v2.suggestions.list", [], undefined, ["source", "account"]);
  await a("v1.suggestions.$select.remove", [third]);
  await a("v1.domainBlocks.create", [], { domain: "spam.example" });
  await a("v1.domainBlocks.list");
  await a("v1.domainBlocks.remove", [], { domain: "spam.example" });
};

const statuses = async () => {
  const one = await a("v1.statuses.create", [], { status: `Hello #portico ${link}`, visibility: "public" }, ["id", "uri", "content", "account"]);
  const id = one?.id;
  await b("v1.statuses.create", [], { status: "@alice welcome", inReplyToId: id });
  await b("v1.statuses.create", [], { status: "I say it as well", quotedStatusId: id }, ["quote"]);
  await a("v1.statuses.$select.fetch", [id], undefined, ["id"]);
  await a("v1.statuses.fetch", [], { id: [id] }, ["id"]);
  await a("v1.statuses.$select.update", [id], { status: `Hello again #portico ${link}` }, ["editedAt"]);
  await a("v1.statuses.$select.source.fetch", [id], undefined, ["text"]);
  await a("v1.statuses.$select.history.list", [id], undefined, ["createdAt", "account"]);
  await a("v1.statuses.$select.context.fetch", [id], undefined, ["ancestors", "descendants"]);
  for (const verb of ["favourite", "reblog", "bookmark"]) await b(`v1.statuses.$select.${verb}`, [id], undefined, ["id"]);
  for (const list of ["favourites", "bookmarks"]) await b(`v1.${list}.list`, [], undefined, ["id"]);
  await a("v1.statuses.$select.favouritedBy.list", [id], undefined, ["id"]);
  await a("v1.statuses.$select.rebloggedBy.list", [id], undefined, ["id"]);
  await a("v1.statuses.$select.quotes.list", [id], undefined, ["id"]);
  for (const verb of ["unfavourite", "unreblog", "unbookmark"]) await b(`v1.statuses.$select.${verb}`, [id], undefined, ["id"]);
  for (const verb of ["mute", "unmute", "pin", "unpin"]) await a(`v1.statuses.$select.${verb}`, [id], undefined, ["id"]);
  for (const verb of ["favourite", "reblog"]) await b(`v1.statuses.$select.${verb}`, [id]);
  await r("v1.statuses.create", [], { status: `Read ${link} #portico` });
  await b("v1.statuses.create", [], { status: `Read ${link} #portico` });
  await b("v1.statuses.$select.translate", [id], { lang: "de" });
  const gone = await a("v1.statuses.create", [], { status: "Soon gone" });
  await a("v1.statuses.$select.remove", [gone?.id], undefined, ["id", "text"]);
  const plain = createRestAPIClient({ url, accessToken: process.env.PORTICO_ALICE_TOKEN });
  await eventually(async () => (await plain.v1.statuses.$select(id).fetch()).card);
  await a("v1.statuses.$select.card.fetch", [id], undefined, ["url", "title"]);
  await a("v1.accounts.$select.statuses.list", [me.id], { excludeReplies: true }, ["id"]);
  return id;
};

const mediaAndPolls = async () => {
  const file = () => new Blob([picture], { type: "image/png" });
  const made = await a("v2.media.create", [], { file: file(), description: "A picture" }, ["id", "type"]);
  await a("v1.media.create", [], { file: file() }, ["id", "url"]);
  await a("v1.media.$select.fetch", [made?.id], undefined, ["id", "url"]);
  await a("v1.media.$select.update", [made?.id], { description: "A better text", focus: "0.1,-0.2" }, ["description"]);
  const asked = await a("v1.statuses.create", [], { status: "Which?", poll: { options: ["this", "that"], expiresIn: 3600 } }, ["poll"]);
  await a("v1.polls.$select.fetch", [asked?.poll?.id], undefined, ["id", "options"]);
  await b("v1.polls.$select.votes.create", [asked?.poll?.id], { choices: [0] }, ["voted"]);
  const at = (hours) => new Date(Date.now() + hours * 3600_000).toISOString();
  const later = await a("v1.statuses.create", [], { status: "Later", scheduledAt: at(2) }, ["scheduledAt", "params"]);
  await a("v1.scheduledStatuses.list", [], undefined, ["id"]);
  await a("v1.scheduledStatuses.$select.fetch", [later?.id], undefined, ["id"]);
  await a("v1.scheduledStatuses.$select.update", [later?.id], { scheduledAt: at(3) }, ["id"]);
  await a("v1.scheduledStatuses.$select.remove", [later?.id]);
};

const timelines = async () => {
  for (const name of ["home", "public"]) await a(`v1.timelines.${name}.list`, [], { limit: 5 }, ["id"]);
  await a("v1.timelines.tag.$select.list", ["portico"], undefined, ["id"]);
  await a("v1.timelines.link.list", [], { url: link }, ["id"]);
  await b("v1.statuses.create", [], { status: "@alice between us", visibility: "direct" });
  await a("v1.timelines.direct.list", [], undefined, ["id"]);
  const talks = await a("v1.conversations.list", [], undefined, ["id", "accounts"]);
  for (const verb of ["read", "unread", "remove"]) await a(`v1.conversations.$select.${verb}`, [talks?.[0]?.id]);
  const list = await a("v1.lists.create", [], { title: "Team" }, ["id", "repliesPolicy"]);
  await a("v1.lists.list", [], undefined, ["id"]);
  await a("v1.lists.$select.fetch", [list?.id], undefined, ["title"]);
  await a("v1.lists.$select.update", [list?.id], { title: "The team" }, ["title"]);
  await a("v1.lists.$select.accounts.create", [list?.id], { accountIds: [bob.id] });
  await a("v1.lists.$select.accounts.list", [list?.id], undefined, ["id"]);
  await a("v1.accounts.$select.lists.list", [bob.id], undefined, ["id"]);
  await a("v1.timelines.list.$select.list", [list?.id]);
  await a("v1.lists.$select.accounts.remove", [list?.id], { accountIds: [bob.id] });
  await a("v1.lists.$select.remove", [list?.id]);
  await a("v1.markers.create", [], { home: { lastReadId: "1" } }, ["home"]);
  await a("v1.markers.fetch", [], { timeline: ["home"] }, ["home"]);
  await a("v1.search.list", [], { q: "bob" }, ["accounts"]);
  await a("v2.search.list", [], { q: "#portico" }, ["hashtags"]);
  for (const what of ["statuses", "links", "tags"]) await a(`v1.trends.${what}.list`, [], undefined, ["url"]);
};

const curation = async (status) => {
  const old = await a("v1.filters.create", [], { phrase: "spoiler", context: ["home"] }, ["id", "phrase"]);
  await a("v1.filters.list", [], undefined, ["id"]);
  await a("v1.filters.$select.fetch", [old?.id], undefined, ["phrase"]);
  await a("v1.filters.$select.update", [old?.id], { phrase: "spoilers", context: ["home"] }, ["phrase"]);
  await a("v1.filters.$select.remove", [old?.id]);
  const filter = await a("v2.filters.create", [], { title: "News", context: ["home"], filterAction: "warn" }, ["id", "filterAction"]);
  const own = [filter?.id];
  await a("v2.filters.list", [], undefined, ["id"]);
  await a("v2.filters.$select.fetch", own, undefined, ["title", "keywords", "statuses"]);
  await a("v2.filters.$select.update", own, { title: "The news" }, ["title"]);
  const word = await a("v2.filters.$select.keywords.create", own, { keyword: "budget", wholeWord: true }, ["id", "keyword"]);
  await a("v2.filters.$select.keywords.list", own, undefined, ["keyword"]);
  await a("v2.filters.keywords.$select.fetch", [word?.id], undefined, ["keyword"]);
  await a("v2.filters.keywords.$select.update", [word?.id], { keyword: "quarter" }, ["keyword"]);
  await a("v2.filters.keywords.$select.remove", [word?.id]);
  const held = await a("v2.filters.$select.statuses.create", own, { statusId: status }, ["id", "statusId"]);
  await a("v2.filters.$select.statuses.list", own, undefined, ["statusId"]);
  await a("v2.filters.statuses.$select.fetch", [held?.id], undefined, ["statusId"]);
  await a("v2.filters.statuses.$select.remove", [held?.id]);
  await a("v2.filters.$select.remove", own);
  for (const verb of ["fetch", "follow", "feature", "unfeature"]) await a(`v1.tags.$select.${verb}`, ["portico"], undefined, ["name"]);
  await a("v1.followedTags.list", [], undefined, ["name"]);
  await a("v1.tags.$select.unfollow", ["portico"], undefined, ["name"]);
  const featured = await a("v1.featuredTags.create", [], { name: "bridges" }, ["id", "name"]);
  await a("v1.featuredTags.list", [], undefined, ["name"]);
  await a("v1.featuredTags.suggestions.list", [], undefined, ["name"]);
  await a("v1.featuredTags.$select.remove", [featured?.id]);
  const collected = await a("v1.collections.create", [], { name: "Bridge people" }, ["collection"]);
  const collection = collected?.collection?.id;
  await a("v1.collections.$select.fetch", [collection]);
  await a("v1.collections.$select.update", [collection], { name: "People of bridges" });
  const item = await a("v1.collections.$select.items.create", [collection], { accountId: bob.id });
  await a("v1.collections.$select.items.$select.revoke", [collection, item?.collectionItem?.id]);
  await a("v1.collections.$select.items.$select.remove", [collection, item?.collectionItem?.id]);
  await a("v1.collections.$select.remove", [collection]);
};

const notices = async () => {
  const first = await eventually(() => a("v1.notifications.list", [], undefined, ["id", "type", "account"]));
  await a("v1.notifications.fetch", [], undefined, ["id"]);
  await a("v1.notifications.$select.fetch", [first?.[0]?.id], undefined, ["id"]);
  await a("v1.notifications.unreadCount.fetch", [], undefined, ["count"]);
  const grouped = await a("v2.notifications.list", [], undefined, ["accounts", "statuses", "notificationGroups"]);
  const key = grouped?.notificationGroups?.[0]?.groupKey;
  await a("v2.notifications.$select.fetch", [key], undefined, ["notificationGroups"]);
  await a("v2.notifications.$select.accounts.fetch", [key], undefined, ["id"]);
  await a("v2.notifications.unreadCount.fetch", [], undefined, ["count"]);
  await a("v2.notifications.$select.dismiss", [key]);
  await a("v2.notifications.policy.fetch", [], undefined, ["forNotFollowing", "summary"]);
  await a("v2.notifications.policy.update", [], { forNotFollowing: "filter" }, ["forNotFollowing"]);
  await a("v1.accounts.$select.unfollow", [bob.id], undefined, ["id"]);
  // Whom one has let through does not wait again: first one asks, then another.
  const waiting = async (who) => {
    await who("v1.statuses.create", [], { status: "@alice are you there?" });
    return (await eventually(() => a("v1.notifications.requests.list")))?.[0]?.id;
  };
  const request = await waiting(b);
  await a("v1.notifications.requests.list", [], undefined, ["id", "account"]);
  await a("v1.notifications.requests.$select.fetch", [request], undefined, ["id"]);
  await a("v1.notifications.requests.$select.accept", [request]);
  await a("v1.notifications.requests.merged.fetch", [], undefined, ["merged"]);
  await a("v1.notifications.requests.$select.dismiss", [await waiting(r)]);
  await a("v1.notifications.requests.accept", [], { id: [await waiting(r)] });
  await a("v1.notifications.requests.dismiss", [], { id: ["1"] });
  await a("v2.notifications.policy.update", [], { forNotFollowing: "accept" });
  const left = await a("v1.notifications.list");
  await a("v1.notifications.$select.dismiss", [left?.[0]?.id]);
  await a("v1.notifications.clear");
  await a("v1.accounts.updateCredentials", [], { locked: true });
  await b("v1.accounts.$select.unfollow", [me.id]);
  await b("v1.accounts.$select.follow", [me.id], undefined, ["requested"]);
  await a("v1.followRequests.list", [], undefined, ["id"]);
  await a("v1.followRequests.$select.reject", [bob.id], undefined, ["id"]);
  await b("v1.accounts.$select.follow", [me.id]);
  await a("v1.followRequests.$select.authorize", [bob.id], undefined, ["followedBy"]);
  await a("v1.accounts.$select.removeFromFollowers", [bob.id], undefined, ["id"]);
  await a("v1.accounts.$select.block", [bob.id], undefined, ["blocking"]);
  await a("v1.blocks.list", [], undefined, ["id"]);
  await a("v1.accounts.$select.unblock", [bob.id], undefined, ["id"]);
  await a("v1.accounts.updateCredentials", [], { locked: false });
};

const house = async () => {
  await a("v1.apps.create", [], { clientName: "masto", redirectUris: "urn:ietf:wg:oauth:2.0:oob" }, ["clientId"]);
  await a("v1.apps.verifyCredentials", [], undefined, ["name"]);
  await a("v1.instance.fetch", [], undefined, ["uri", "title", "version", "urls"]);
  await a("v2.instance.fetch", [], undefined, ["domain", "apiVersions", "configuration"]);
  await a("v1.instance.peers.list");
  await a("v1.instance.activity.list", [], undefined, ["week"]);
  await a("v1.instance.languages.list", [], undefined, ["code"]);
  await a("v1.instance.extendedDescription.fetch", [], undefined, ["content"]);
  await a("v1.instance.translationLanguages.list");
  await a("v1.instance.domainBlocks.fetch");
  await a("v1.customEmojis.list");
  const announcement = (await a("v1.announcements.list", [], undefined, ["id", "content"]))?.[0]?.id;
  for (const verb of ["update", "remove"]) await a(`v1.announcements.$select.reactions.$select.${verb}`, [announcement, "👍"]);
  await a("v1.announcements.$select.dismiss", [announcement]);
  await a("v1.preferences.fetch", [], undefined, ["posting:default:visibility"]);
  const year = String(new Date().getFullYear() - 1);
  await a("v1.annualReports.list", [], undefined, ["annualReports"]);
  await a("v1.annualReports.$select.state.fetch", [year], undefined, ["state"]);
  for (const verb of ["fetch", "read", "generate"]) await a(`v1.annualReports.$select.${verb}`, [year]);
  await a("v1.emails.confirmations.create", [], {});
  const keys = { p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", auth: "BTBZMqHH6r4Tts7J_aSIgg" };
  const push = "v1.push.subscription";
  await a(`${push}.create`, [], { subscription: { endpoint: `${url}/push`, keys }, data: { alerts: { mention: true } }, policy: "all" }, ["serverKey"]);
  await a(`${push}.fetch`, [], undefined, ["endpoint"]);
  await a(`${push}.update`, [], { data: { alerts: { mention: false } } }, ["alerts"]);
  await a(`${push}.remove`);
};

const administration = async () => {
  await a("v1.reports.create", [], { accountId: bob.id, comment: "shouts" }, ["id", "category"]);
  const admin = (path, ...rest) => r(`v1.admin.${path}`, ...rest);
  await admin("accounts.list", [], undefined, ["id", "account", "role"]);
  await admin("accounts.$select.fetch", [third], undefined, ["id", "email"]);
  for (const verb of ["approve", "reject"]) await admin(`accounts.$select.${verb}`, [third]);
  for (const [type, undo] of [["sensitive", "unsensitive"], ["silence", "unsilence"], ["disable", "enable"], ["suspend", "unsuspend"]]) {
    await admin("accounts.$select.action.create", [third], { type });
    await admin(`accounts.$select.${undo}`, [third], undefined, ["id"]);
  }
  const report = (await admin("reports.list", [], undefined, ["id", "targetAccount"]))?.[0]?.id;
  for (const verb of ["fetch", "assignToSelf", "unassign", "resolve", "reopen"]) await admin(`reports.$select.${verb}`, [report], undefined, ["id"]);
  for (const [name, fields, change] of [
    ["domainAllows", { domain: "friend.example" }],
    ["domainBlocks", { domain: "foe.example", severity: "suspend" }, { severity: "silence" }],
    ["emailDomainBlocks", { domain: "throwaway.example" }],
    ["ipBlocks", { ip: "198.51.100.0/24", severity: "no_access", comment: "noise" }, { comment: "loud" }],
    ["canonicalEmailBlocks", { email: "mallory@throwaway.example" }],
  ]) {
    const made = [(await admin(`${name}.create`, [], fields, ["id"]))?.id];
    await admin(`${name}.list`, [], undefined, ["id"]);
    await admin(`${name}.$select.fetch`, made, undefined, ["id"]);
    if (change) await admin(`${name}.$select.update`, made, change, ["id"]);
    if (name === "canonicalEmailBlocks") await admin(`${name}.test`, [], { email: "mallory@throwaway.example" }, ["id"]);
    await admin(`${name}.$select.remove`, made);
  }
  const [startAt, endAt] = [Date.now() - 7 * 86_400_000, Date.now()].map((time) => new Date(time).toISOString());
  await admin("measures.create", [], { keys: ["active_users", "new_users", "interactions"], startAt, endAt }, ["key", "total", "data"]);
  await admin("dimensions.create", [], { keys: ["languages", "sources", "software_versions"], startAt, endAt }, ["key", "data"]);
  await admin("retention.create", [], { startAt, endAt, frequency: "day" }, ["period", "data"]);
  for (const what of ["links", "statuses", "tags"]) {
    const trend = (await admin(`trends.${what}.list`, [], undefined, ["url"]))?.[0]?.id;
    for (const verb of ["approve", "reject"]) await admin(`trends.${what}.$select.${verb}`, [trend]);
  }
  const publisher = (await admin("trends.links.publishers.list"))?.[0]?.id;
  for (const verb of ["approve", "reject"]) await admin(`trends.links.publishers.$select.${verb}`, [publisher]);
};

// Each stream opens and tells of something.
const streams = async () => {
  await a("v1.accounts.$select.follow", [bob.id]);
  const plain = createRestAPIClient({ url, accessToken: process.env.PORTICO_ALICE_TOKEN });
  const list = await plain.v1.lists.create({ title: "Streamed" });
  await plain.v1.lists.$select(list.id).accounts.create({ accountIds: [bob.id] });
  const api = url.replace(/^http/, "ws");
  const client = createStreamingAPIClient({ streamingApiUrl: `${api}/api/v1/streaming`, accessToken: process.env.PORTICO_ALICE_TOKEN });
  const media = await person("BOB")("v2.media.create", [], { file: new Blob([picture], { type: "image/png" }) });
  const names = {
    user: [], "user.notification": [], public: [], "public.local": [], direct: [],
    hashtag: [{ tag: "streamed" }], "hashtag.local": [{ tag: "streamed" }], list: [{ list: list.id }],
    "public.media": [], "public.local.media": [], "public.remote": [], "public.remote.media": [],
  };
  const listen = (name, parameters) => {
    const subscription = name.split(".").reduce((at, step) => at[step], client).subscribe(...parameters);
    const ear = { subscription, heard: 0 };
    const reading = async () => {
      for await (const _ of subscription) ear.heard += 1;
    };
    reading().catch((error) => fault(`streaming.${name}`, error.message));
    return ear;
  };
  for (const [name, parameters] of Object.entries(names)) {
    const path = `streaming.${name}`;
    called.add(path);
    // Nobody on another server says anything here, so these streams stay silent. The script then subscribes to the
    // public stream on the same socket: the server reads the socket in order, so an event of the public stream proves
    // that the silent one is open.
    const silent = name.startsWith("public.remote");
    const ears = [listen(name, parameters)];
    if (silent) ears.push(listen("public", []));
    const heard = () => ears.at(-1).heard;
    const post = {
      status: name === "direct" ? "@alice between us" : "@alice with a #streamed tag",
      visibility: name === "direct" ? "direct" : "public",
      ...(name.endsWith("media") && !silent && { mediaIds: [media?.id] }),
    };
    // A stream does not send posts from before it was open, so the script posts again until it hears something.
    for (const end = Date.now() + PATIENCE; !heard() && Date.now() < end; ) {
      if (name.endsWith("media") && !silent) post.mediaIds = [(await b("v2.media.create", [], { file: new Blob([picture], { type: "image/png" }) }))?.id];
      await b("v1.statuses.create", [], post);
      for (let waits = 0; waits < 30 && !heard(); waits += 1) await pause(50);
    }
    if (!heard()) fault(path, "no event arrived");
    for (const ear of ears) ear.subscription.unsubscribe();
  }
  client.close();
  return Object.keys(names).map((name) => `streaming.${name}`);
};

await people();
const status = await statuses();
await mediaAndPolls();
await timelines();
await curation(status);
await notices();
await house();
await administration();
const every = [...methods, ...(await streams())];

const faults = [...failed].filter(([path]) => !known.has(path)).map(([path, why]) => `${path}: ${why}`);
faults.push(...every.filter((path) => !called.has(path)).map((path) => `${path}: never called`));
faults.push(...[...called].filter((path) => !every.includes(path)).map((path) => `${path}: there is no such method`));
faults.push(...[...known.keys()].filter((path) => called.has(path) && !failed.has(path)).map((path) => `${path}: works by now: take it off the list`));
console.log(`masto: ${every.filter((path) => !failed.has(path)).length} of ${every.length} methods work, ${known.size} are known not to`);
if (faults.length) {
  console.error(`${faults.length} faults\n${faults.join("\n")}`);
  process.exit(1);
}
process.exit(0);
