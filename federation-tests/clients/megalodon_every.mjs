// Calls every method of the package megalodon that asks a Mastodon server something, against a live instance.
// A method that is not called is a failure, and so is one on the list of known gaps that works by now.
import { createReadStream, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Mastodon, detector } from "megalodon";

const { PORTICO_ORIGIN: url, PORTICO_ALICE_TOKEN: token, PORTICO_BOB_TOKEN: bobToken } = process.env;

// What asks no server, or is not for Mastodon.
const apart = new Set(
  `constructor cancel generateAuthUrl urlToAccounts getAccountFavourites readNotifications createEmojiReaction
  deleteEmojiReaction getEmojiReactions getEmojiReaction fetchAccessToken refreshToken revokeToken createApp`.split(/\s+/),
);
const lines = readFileSync(fileURLToPath(new URL("megalodon_gaps.txt", import.meta.url)), "utf8").split("\n");
const known = new Map(lines.filter((line) => line && !line.startsWith("#")).map((line) => line.split(/: (.*)/)));

const called = new Set();
const failed = new Map();

// A client whose calls are kept; one that fails gives undefined and goes on the list.
const kept = (client) =>
  new Proxy(client, {
    get: (target, name) => async (...args) => {
      called.add(name);
      try {
        const answer = await target[name](...args);
        if (typeof answer?.status === "number" && answer.status !== 200) throw new Error(`status ${answer.status}`);
        return answer?.data ?? answer;
      } catch (error) {
        const message = error.response ? `${error.response.status} ${JSON.stringify(error.response.data)}` : error.message;
        if (!failed.has(name)) failed.set(name, message.slice(0, 300));
        return undefined;
      }
    },
  });

const has = (name, value, ...keys) => {
  const one = Array.isArray(value) ? value[0] : value;
  if (value === undefined || failed.has(name)) return;
  const missing = one === undefined ? ["an item"] : keys.filter((key) => one[key] === undefined || one[key] === null);
  if (missing.length) failed.set(name, `${missing.join(", ")} missing`);
};

// The deadline of every wait. It only ends a broken run; it is long because machines may be busy.
const PATIENCE = 240_000;

const eventually = async (ask) => {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(50)) {
    const found = await ask();
    if (found) return found;
  }
  return undefined;
};

if ((await detector(url)) !== "mastodon") failed.set("detector", "the server is taken for something else");
const plain = new Mastodon(url, token);
const a = kept(plain);
const b = kept(new Mastodon(url, bobToken));
const app = await a.registerApp("megalodon", { scopes: ["read", "write", "follow"], redirect_uris: "urn:ietf:wg:oauth:2.0:oob" });
if (!app?.client_id && !app?.clientId) failed.set("registerApp", "no client id");
await a.verifyAppCredentials();

const me = await a.verifyAccountCredentials();
const bob = await b.verifyAccountCredentials();
has("verifyAccountCredentials", me, "id", "acct", "source");
await a.updateCredentials({ display_name: "Alice Ames", note: "Bridges", fields_attributes: [{ name: "Desk", value: "3.14" }] });
has("getAccount", await a.getAccount(bob.id), "id", "url", "avatar");
await a.lookupAccount("bob");
has("searchAccount", await a.searchAccount("bob"), "id");
await a.registerAccount("newcomer", "newcomer@people.example", "correct horse battery staple", true, "en");
has("followAccount", await a.followAccount(bob.id, { reblog: true }), "following");
await b.followAccount(me.id);
has("getAccountFollowers", await a.getAccountFollowers(me.id), "id");
has("getAccountFollowing", await a.getAccountFollowing(me.id), "id");
await a.subscribeAccount(bob.id);
await a.unsubscribeAccount(bob.id);
has("getRelationship", await a.getRelationship(bob.id), "following", "note");
has("getRelationships", await a.getRelationships([bob.id]), "following");
await a.muteAccount(bob.id, true);
has("getMutes", await a.getMutes(), "id");
await a.unmuteAccount(bob.id);
await a.pinAccount(bob.id);
has("getEndorsements", await a.getEndorsements(), "id");
await a.unpinAccount(bob.id);
await a.setAccountNote(bob.id, "sits by the window");
await a.getIdentityProof(bob.id);
await a.blockDomain("spam.example");
await a.getDomainBlocks();
await a.unblockDomain("spam.example");

const post = await a.postStatus("Hello #portico", { visibility: "public", language: "en" });
has("postStatus", post, "id", "uri", "content", "account", "media_attachments", "emojis");
await b.postStatus("@alice welcome", { in_reply_to_id: post.id });
has("getStatus", await a.getStatus(post.id), "id");
await a.editStatus(post.id, { status: "Hello again #portico" });
has("getStatusSource", await a.getStatusSource(post.id), "text");
has("getStatusContext", await a.getStatusContext(post.id), "ancestors", "descendants");
for (const verb of ["favourite", "reblog", "bookmark"]) has(`${verb}Status`, await b[`${verb}Status`](post.id), "id");
has("getFavourites", await b.getFavourites(), "id");
has("getBookmarks", await b.getBookmarks(), "id");
has("getStatusFavouritedBy", await a.getStatusFavouritedBy(post.id), "id");
has("getStatusRebloggedBy", await a.getStatusRebloggedBy(post.id), "id");
for (const verb of ["unfavourite", "unreblog", "unbookmark"]) await b[`${verb}Status`](post.id);
for (const verb of ["mute", "unmute", "pin", "unpin"]) await a[`${verb}Status`](post.id);
await b.favouriteStatus(post.id);
await a.getAccountStatuses(me.id, { exclude_replies: true });
const gone = await a.postStatus("Soon gone", {});
await a.deleteStatus(gone.id);

const picture = await a.uploadMedia(createReadStream(`${process.env.PORTICO_TOOT_SUITE}/tests/assets/test1.png`), {
  description: "A picture",
});
await a.getMedia(picture?.id ?? "1");
await a.updateMedia(picture?.id ?? "1", { description: "A better text" });
const asked = await a.postStatus("Which?", { poll: { options: ["this", "that"], expires_in: 3600 } });
await a.getPoll(asked?.poll?.id ?? "1");
await b.votePoll(asked?.poll?.id ?? "1", [0]);
const at = (hours) => new Date(Date.now() + hours * 3600_000).toISOString();
const later = await a.postStatus("Later", { scheduled_at: at(2) });
await a.getScheduledStatuses();
await a.getScheduledStatus(later?.id ?? "1");
await a.scheduleStatus(later?.id ?? "1", at(3));
await a.cancelScheduledStatus(later?.id ?? "1");

has("getHomeTimeline", await a.getHomeTimeline({ limit: 5 }), "id");
has("getPublicTimeline", await a.getPublicTimeline({ limit: 5 }), "id");
has("getLocalTimeline", await a.getLocalTimeline(), "id");
has("getTagTimeline", await a.getTagTimeline("portico"), "id");
const list = await a.createList("Team");
await a.getLists();
await a.getList(list.id);
await a.updateList(list.id, "The team");
await a.addAccountsToList(list.id, [bob.id]);
has("getAccountsInList", await a.getAccountsInList(list.id), "id");
has("getAccountLists", await a.getAccountLists(bob.id), "id");
await a.getListTimeline(list.id);

await a.saveMarkers({ home: { last_read_id: post.id } });
has("getMarkers", await a.getMarkers(["home"]), "home");
const filter = await a.createFilter("spoiler", ["home"], { whole_word: true });
await a.getFilters();
await a.getFilter(filter.id);
await a.updateFilter(filter.id, "spoilers", ["home"]);
await a.deleteFilter(filter.id);
has("getTag", await a.getTag("portico"), "name", "history");
await a.followTag("portico");
has("getFollowedTags", await a.getFollowedTags(), "name");
await a.unfollowTag("portico");
const featured = await a.createFeaturedTag("portico");
await a.getFeaturedTags();
await a.getSuggestedTags();
await a.deleteFeaturedTag(featured.id);
await a.getPreferences();
await a.getSuggestions();

const notices = await eventually(async () => (await plain.getNotifications()).data.find(Boolean) && a.getNotifications());
has("getNotifications", notices, "id", "type", "account");
await a.getNotification(notices[0].id);
await a.dismissNotification(notices[0].id);
await a.dismissNotifications();
await b.postStatus("@alice between us", { visibility: "direct" });
const talks = await a.getConversationTimeline();
await a.readConversation(talks?.[0]?.id ?? "1");
await a.deleteConversation(talks?.[0]?.id ?? "1");
has("search", await a.search("bob", { type: "accounts" }), "accounts", "statuses", "hashtags");

const keys = { p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", auth: "BTBZMqHH6r4Tts7J_aSIgg" };
await a.subscribePushNotification({ endpoint: `${url}/push`, keys }, { alerts: { mention: true } });
await a.getPushSubscription();
await a.updatePushSubscription({ alerts: { mention: false } });
await a.deletePushSubscription();

has("getInstance", await a.getInstance(), "uri", "title", "version", "urls", "configuration");
for (const part of ["Peers", "Activity", "Trends", "Directory", "CustomEmojis"]) await a[`getInstance${part}`]();
const announcements = await a.getInstanceAnnouncements();
const announcement = announcements?.[0]?.id ?? "1";
await a.addReactionToAnnouncement(announcement, "👍");
await a.removeReactionFromAnnouncement(announcement, "👍");
await a.dismissInstanceAnnouncement(announcement);
await a.report(bob.id, { comment: "shouts", category: "other" });

await a.updateCredentials({ locked: true });
await b.unfollowAccount(me.id);
await b.followAccount(me.id);
has("getFollowRequests", await a.getFollowRequests(), "id");
await a.rejectFollowRequest(bob.id);
await b.followAccount(me.id);
await a.acceptFollowRequest(bob.id);
await a.blockAccount(bob.id);
has("getBlocks", await a.getBlocks(), "id");
await a.unblockAccount(bob.id);
await a.unfollowAccount(bob.id);
await a.followAccount(bob.id);

// Streams: each opens and tells of something.
await a.streamingURL();
await a.addAccountsToList(list.id, [bob.id]);
for (const [name, cause, ...args] of [
  ["userStreaming", "to the home stream"],
  ["publicStreaming", "to everyone"],
  ["localStreaming", "to everyone here"],
  ["tagStreaming", "with a #streamed tag", "streamed"],
  ["listStreaming", "to the list", list.id],
  ["directStreaming", "@alice to you alone"],
]) {
  const stream = await a[name](...args);
  if (!stream) continue;
  let heard = 0;
  for (const event of ["update", "conversation", "notification"]) stream.on(event, () => (heard += 1));
  stream.on("error", () => {});
  const visibility = name === "directStreaming" ? "direct" : "public";
  // A stream does not send posts from before it was open, so the script posts again until it hears something.
  for (const end = Date.now() + PATIENCE; !heard && Date.now() < end; ) {
    await b.postStatus(cause, { visibility });
    for (let waits = 0; waits < 30 && !heard; waits += 1) await pause(50);
  }
  if (!heard) failed.set(name, "no event arrived");
  stream.removeAllListeners();
  stream.stop();
}
await a.deleteAccountsFromList(list.id, [bob.id]);
await a.deleteList(list.id);

const every = Object.getOwnPropertyNames(Mastodon.prototype).filter((name) => !apart.has(name));
const faults = [...failed].filter(([name]) => !known.has(name)).map(([name, why]) => `${name}: ${why}`);
faults.push(...every.filter((name) => !called.has(name) && !known.has(name)).map((name) => `${name}: never called`));
faults.push(...[...known.keys()].filter((name) => called.has(name) && !failed.has(name)).map((name) => `${name}: works by now: take it off the list`));
const good = every.filter((name) => called.has(name) && !failed.has(name)).length;
console.log(`megalodon: ${good} of ${every.length} methods work, ${known.size} are known not to`);
if (faults.length) {
  console.error(`${faults.length} faults\n${faults.join("\n")}`);
  process.exit(1);
}
process.exit(0);
