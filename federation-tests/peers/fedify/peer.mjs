// A small server made with Fedify: one actor, `frida`, who keeps what she receives. A scenario moves her
// through a control API on a port of its own; nothing but loopback is listened on or asked.
import { createServer } from "node:http";
import {
  createFederation,
  generateCryptoKeyPair,
  InProcessMessageQueue,
  MemoryKvStore,
} from "@fedify/fedify";
import {
  Accept,
  Activity,
  Announce,
  Create,
  Delete,
  Endpoints,
  Follow,
  isActor,
  Like,
  Mention,
  Note,
  Person,
  PUBLIC_COLLECTION,
  Reject,
  Undo,
  Update,
} from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";

const { PEER_DOMAIN: domain, PEER_PORT: port, PEER_CONTROL_PORT: controlPort } = process.env;
const origin = `http://${domain}`;
const name = "frida";

const keys = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];
const received = [];
const followers = new Map();
const notes = new Map();
const mine = { follow: null, like: null };

const federation = createFederation({
  kv: new MemoryKvStore(),
  queue: new InProcessMessageQueue(),
  origin,
  allowPrivateAddress: true,
  // Which form of signatures it tries first: "rfc9421" or "draft-cavage-http-signatures-12".
  firstKnock: process.env.PEER_FIRST_KNOCK,
});

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (identifier !== name) return null;
    const pairs = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Frida",
      summary: "A peer made with Fedify",
      url: ctx.getActorUri(identifier),
      inbox: ctx.getInboxUri(identifier),
      outbox: ctx.getOutboxUri(identifier),
      followers: ctx.getFollowersUri(identifier),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
    });
  })
  .setKeyPairsDispatcher((_ctx, identifier) => (identifier === name ? keys : []));

federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({
  items: [...followers.values()],
}));
federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));
federation.setObjectDispatcher(Note, "/notes/{id}", (_ctx, { id }) => notes.get(id) ?? null);

const keep = async (activity) => {
  received.push({ type: activity.constructor.name, ...(await activity.toJsonLd({ format: "compact" })) });
};

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .setSharedKeyDispatcher(() => ({ identifier: name }))
  .on(Follow, async (ctx, follow) => {
    const follower = await follow.getActor(ctx);
    if (follower == null) throw new Error("a Follow without an actor that can be fetched");
    followers.set(follower.id.href, {
      id: follower.id,
      inboxId: follower.inboxId,
      endpoints: follower.endpoints,
    });
    await keep(follow);
    const accept = new Accept({ id: fresh("accepts"), actor: ctx.getActorUri(name), object: follow });
    await ctx.sendActivity({ identifier: name }, follower, accept);
  })
  .on(Undo, async (ctx, undo) => {
    const undone = await undo.getObject(ctx);
    if (undone instanceof Follow) followers.delete(undo.actorId.href);
    await keep(undo);
  })
  .on(Accept, (_ctx, activity) => keep(activity))
  .on(Reject, (_ctx, activity) => keep(activity))
  .on(Create, (_ctx, activity) => keep(activity))
  .on(Update, (_ctx, activity) => keep(activity))
  .on(Delete, (_ctx, activity) => keep(activity))
  .on(Like, (_ctx, activity) => keep(activity))
  .on(Announce, (_ctx, activity) => keep(activity))
  .on(Activity, (_ctx, activity) => keep(activity))
  .onError((_ctx, error) => console.error("inbox:", error));

let number = 0;
const fresh = (kind) => new URL(`${origin}/${kind}/${++number}`);
const context = () => federation.createContext(new URL(origin), undefined);
const frida = () => context().getActorUri(name);

const lookedUp = async (what) => {
  const ctx = context();
  const found = await ctx.lookupObject(what, { documentLoader: await ctx.getDocumentLoader({ identifier: name }) });
  if (found == null) throw new Error(`${what} cannot be looked up`);
  return found;
};

// What is at an address for her, as it is written there; null if it is not for her.
const documentAt = async (address) => {
  try {
    const load = await context().getDocumentLoader({ identifier: name });
    return (await load(address)).document;
  } catch {
    return null;
  }
};

const actorOf = async (note) => {
  const ctx = context();
  const author = await note.getAttribution({ documentLoader: await ctx.getDocumentLoader({ identifier: name }) });
  if (!isActor(author)) throw new Error("the note has no author who can be fetched");
  return author;
};

const send = (to, activity) => context().sendActivity({ identifier: name }, to, activity);

const control = {
  async look({ object }) {
    return { document: await documentAt(object) };
  },
  // By its id: WebFinger is asked over https only, and this runs on plain loopback.
  async follow({ actor }) {
    const target = await lookedUp(actor);
    mine.follow = { target, activity: new Follow({ id: fresh("follows"), actor: frida(), object: target.id }) };
    await send(target, mine.follow.activity);
  },
  async unfollow() {
    const { target, activity } = mine.follow;
    await send(target, new Undo({ id: fresh("undos"), actor: frida(), object: activity }));
  },
  async like({ object }) {
    const note = await lookedUp(object);
    const author = await actorOf(note);
    mine.like = { author, activity: new Like({ id: fresh("likes"), actor: frida(), object: note.id }) };
    await send(author, mine.like.activity);
  },
  async unlike() {
    const { author, activity } = mine.like;
    await send(author, new Undo({ id: fresh("undos"), actor: frida(), object: activity }));
  },
  // A vote is a note with an option's title for a name, for whoever asked.
  async vote({ object, option }) {
    const author = await actorOf(await lookedUp(object));
    const id = String(++number);
    const note = new Note({
      id: context().getObjectUri(Note, { id }),
      attribution: frida(),
      name: option,
      replyTarget: new URL(object),
      tos: [author.id],
    });
    notes.set(id, note);
    await send(author, new Create({ id: new URL(`${note.id.href}#create`), actor: frida(), object: note, tos: [author.id] }));
  },
  // With `quiet`, for whom it mentions and nobody else.
  async post({ content, inReplyTo, mention, handle, quiet }) {
    const id = String(++number);
    const to = quiet ? [] : [PUBLIC_COLLECTION];
    const ccs = quiet ? [] : [context().getFollowersUri(name)];
    const tags = [];
    let text = `<p>${content}</p>`;
    if (mention != null) {
      (quiet ? to : ccs).push(new URL(mention));
      tags.push(new Mention({ href: new URL(mention), name: handle }));
      text = `<p><a href="${mention}" class="u-url mention">${handle}</a> ${content}</p>`;
    }
    const note = new Note({
      id: context().getObjectUri(Note, { id }),
      attribution: frida(),
      content: text,
      replyTarget: inReplyTo == null ? undefined : new URL(inReplyTo),
      published: Temporal.Now.instant(),
      tos: to,
      ccs,
      tags,
    });
    notes.set(id, note);
    const create = new Create({ id: new URL(`${note.id.href}#create`), actor: frida(), object: note, tos: to, ccs });
    if (mention != null) await send(await lookedUp(mention), create);
    else await send([...followers.values()], create);
    return { id: note.id.href };
  },
};

// Node's request as the web's, and back.
const listen = (listener, at) =>
  new Promise((resolve) => {
    createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const bodied = request.method !== "GET" && request.method !== "HEAD";
      let answer;
      try {
        answer = await listener(
          new Request(new URL(request.url, `http://${request.headers.host}`), {
            method: request.method,
            headers: Object.entries(request.headers).map(([key, value]) => [key, String(value)]),
            body: bodied ? Buffer.concat(chunks) : undefined,
          }),
        );
      } catch (error) {
        console.error(error);
        answer = new Response(String(error), { status: 500 });
      }
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    }).listen(Number(at), "127.0.0.1", resolve);
  });

await listen((request) => federation.fetch(request, { contextData: undefined }), port);
await listen(async (request) => {
  const what = new URL(request.url).pathname.slice(1);
  if (what === "received") return Response.json(received);
  if (!(what in control)) return new Response("no such thing", { status: 404 });
  return Response.json((await control[what](await request.json())) ?? {});
}, controlPort);

process.stdin.resume().on("end", () => process.exit(0));
console.log("ready");
