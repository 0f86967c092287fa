// A person at the pages, in a real browser: writes with a picture, votes, quotes, with script and without.
// Everything is asked of Chromium over its debugging protocol. Any fault that the browser tells of (a script
// that fails, something that the Content-Security-Policy forbids) fails the run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const { BASE, PASSWORD, POLL, CHROMIUM, SHOTS } = process.env;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portico-pages-'));
// The deadline of every wait. It only ends a broken run; it is long because machines may be busy.
const PATIENCE = 240_000;

const browser = spawn(
  CHROMIUM,
  ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--no-first-run', '--hide-scrollbars', '--remote-debugging-port=0', `--user-data-dir=${folder}/profile`,
    'about:blank'],
  { stdio: 'ignore' },
);
const ended = new Promise((done) => { browser.once('exit', done); });
process.once('exit', () => browser.kill('SIGKILL'));

// Asks until there is an answer. After the deadline it fails, and `seen` gives the last state for the message.
async function until(what, ask, seen = async () => undefined) {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const found = await ask();
    if (found) return found;
    await new Promise((done) => { setTimeout(done, 50); });
  }
  throw new Error(`after ${PATIENCE / 1000} s still not: ${what}; the last state was: ${await seen()}`);
}

// ---- Chromium ----

async function connect() {
  const file = `${folder}/profile/DevToolsActivePort`;
  // The file has two lines, the port first. When the second line is there, the first is complete.
  const port = await until('the browser runs', () => {
    const [written, address] = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : [];
    return address && written;
  });
  const page = await until('the browser has a page', async () => {
    const targets = await fetch(`http://127.0.0.1:${port}/json`).then((answer) => answer.json()).catch(() => []);
    return targets.find((target) => target.type === 'page');
  });
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  await new Promise((done, failed) => {
    socket.onopen = done;
    socket.onerror = () => failed(new Error('the browser does not talk'));
  });
  const waiting = new Map();
  const faults = [];
  let last = 0;
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.id) {
      const { done, failed, late } = waiting.get(message.id);
      waiting.delete(message.id);
      clearTimeout(late);
      if (message.error) failed(new Error(message.error.message)); else done(message.result);
    } else if (message.method === 'Runtime.exceptionThrown') {
      faults.push(message.params.exceptionDetails.exception?.description ?? message.params.exceptionDetails.text);
    } else if (message.method === 'Log.entryAdded' && message.params.entry.level === 'error') {
      // A refused form is an answer, too.
      if (message.params.entry.source !== 'network') faults.push(message.params.entry.text);
    }
  };
  const send = (method, params = {}) => new Promise((done, failed) => {
    last += 1;
    const late = setTimeout(() => failed(new Error(`the browser does not answer ${method}`)), PATIENCE);
    waiting.set(last, { done, failed, late });
    socket.send(JSON.stringify({ id: last, method, params }));
  });
  return { send, faults, close: () => socket.close() };
}

const { send, faults, close } = await connect();
for (const domain of ['Page', 'Runtime', 'Log', 'DOM']) await send(`${domain}.enable`);

async function evaluate(expression) {
  const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
  if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`);
  return result.value;
}

const has = (selector) => evaluate(`!!document.querySelector(${JSON.stringify(selector)})`);
const text = () => evaluate('document.body.innerText');
// The address, state and text of the page. During a navigation the browser may answer with an error instead.
const place = () => evaluate('`${location.href}, ${document.readyState}: ${document.body?.innerText}`')
  .catch((error) => error.message);

// Waits until the page says something, or no longer says it.
const reads = (pattern) => until(`${pattern} is there to be read`, async () => pattern.test(await text()), place);
const readsNoMore = (pattern) => until(`${pattern} is gone`, async () => !pattern.test(await text()), place);

// Does something that leads to another page, and waits until the new page is loaded. One question asks for both: between
// two questions the browser may leave the old page, and the second answer would be about a page that is still loading.
async function leaves(act) {
  await evaluate('window.before = true');
  await act();
  const isThere = () => evaluate('!window.before && document.readyState === "complete"').catch(() => false);
  await until('another page', isThere, place);
}

const open = (where) => leaves(() => send('Page.navigate', { url: new URL(where, BASE).href }));
const click = (selector) => evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
const fill = (selector, value) => evaluate(`(() => {
  const field = document.querySelector(${JSON.stringify(selector)});
  field.value = ${JSON.stringify(value)};
  field.dispatchEvent(new Event('input', { bubbles: true }));
})()`);

async function choose(selector, ...files) {
  const { root } = await send('DOM.getDocument');
  const { nodeId } = await send('DOM.querySelector', { nodeId: root.nodeId, selector });
  await send('DOM.setFileInputFiles', { nodeId, files });
}

// At the width of a desk and of a telephone, in light and dark: nothing sticks out.
async function looks(name) {
  for (const [width, height] of [[1280, 1000], [390, 844]]) {
    for (const scheme of ['light', 'dark']) {
      await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
      await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      // The page may get the new size and scheme after the browser has confirmed them.
      const ordered = `innerWidth === ${width} && matchMedia('(prefers-color-scheme: ${scheme})').matches`;
      await until(`${name} has the width ${width} and is ${scheme}`, () => evaluate(ordered), () => evaluate('innerWidth'));
      const across = () => evaluate('document.documentElement.scrollWidth');
      await until(`${name} is no wider than ${width}`, async () => (await across()) === width, across);
      if (SHOTS) {
        const { data } = await send('Page.captureScreenshot', { captureBeyondViewport: true });
        fs.writeFileSync(path.join(SHOTS, `${name}-${width}-${scheme}.png`), Buffer.from(data, 'base64'));
      }
    }
  }
  await send('Emulation.clearDeviceMetricsOverride');
}

// A red dot.
const dot = path.join(folder, 'dot.png');
fs.writeFileSync(dot, Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==',
  'base64',
));
const note = path.join(folder, 'note.txt');
fs.writeFileSync(note, 'no picture');

// ---- What the person does ----

async function signIn(name) {
  await open('/sign-in?again=1');
  await fill('#name', name);
  await fill('#password', PASSWORD);
  await leaves(() => click('main form .button-wide'));
}

async function writesWithAPicture() {
  await open('/');
  const form = 'form[data-compose]';
  assert.equal(await has(`${form} input[name=file]`), false, 'script replaces the plain fields');
  await fill(`${form} textarea`, 'Look at this dot');
  await choose(`${form} [data-picker] input`, note);
  await reads(/File is not of a kind that can be attached\./);
  await choose(`${form} [data-picker] input`, dot, dot);
  await until('both are there', () => evaluate('document.querySelectorAll(".upload [name=media]").length === 2'));
  await looks('writing');
  await reads(/Without a description/);
  await click('.upload:last-child [name=remove]');
  await until('one is taken off', () => evaluate('document.querySelectorAll(".upload").length === 1'));
  await fill('.upload input[name=words]', 'A red dot');
  await readsNoMore(/Without a description/);
  await leaves(() => click(`${form} .compose-foot button[value=post]`));
  await until('the picture is shown', () => evaluate(`(() => {
    const image = document.querySelector('.post-focus .media img');
    return image?.alt === 'A red dot' && image.complete && image.naturalWidth > 0;
  })()`));
  await looks('posted');
  return evaluate('location.pathname');
}

async function votes(where) {
  await open(where);
  await looks('poll');
  await evaluate('window.before = true');
  await evaluate('document.querySelector("form[data-vote] input[value=\'1\']").click()');
  await click('form[data-vote] button');
  await until('the vote is counted', () => has('.post-focus .results .mine'));
  assert.equal(await evaluate('window.before'), true, 'in place');
  await reads(/your choice/);
  await looks('voted');
}

async function quotes(where) {
  await open(where);
  await click('.post-focus .menu summary');
  await looks('menu');
  await leaves(() => click('.post-focus .menu a[href^="/compose?quote="]'));
  await looks('quoting');
  await fill('form[data-compose] textarea', 'What a dot');
  await leaves(() => click('form[data-compose] .compose-foot button[value=post]'));
  await reads(/Look at this dot/);
  await looks('quoted');
}

async function asksWhoGetsIt() {
  await open('/compose');
  await fill('textarea', 'Lunch, @bob?');
  await leaves(() => click('.compose-foot button[value=foresee]'));
  await reads(/Who would get this/);
  assert.equal(await evaluate('document.querySelector("textarea").value'), 'Lunch, @bob?');
  await looks('foreseen');
  await leaves(() => click('.compose-foot button[value=post]'));
  await leaves(() => click('.post-focus a[href$="/deliveries"]'));
  await reads(/It did not leave this instance\./);
  await looks('deliveries');
}

async function postsLater() {
  await open('/compose');
  await fill('textarea', 'Good morning');
  await click('details:last-of-type summary');
  const tomorrow = new Date(Date.now() + 24 * 3600 * 1000).toISOString().slice(0, 16);
  await fill('input[name=at]', tomorrow);
  await looks('later');
  await leaves(() => click('.compose-foot button[value=post]'));
  await reads(/Scheduled posts[^]*Good morning/);
  await looks('waiting');
  await leaves(() => click('form[action$="/cancel"] button'));
  await reads(/You have no scheduled posts\./);
}

async function readsFormerVersions(where) {
  await open(`${where}/history`);
  await reads(/Versions of a post[^]*Coffee/);
  await looks('history');
}

async function writesWithoutScript() {
  await send('Emulation.setScriptExecutionDisabled', { value: true });
  await open('/compose');
  await fill('textarea', 'Plain');
  await click('[data-plain] summary');
  await looks('plain');
  await choose('input[name=file]', dot);
  await fill('input[name=file_words]', 'Another dot');
  await fill('input[name=option]', 'Only one');
  await leaves(() => click('.compose-foot button[value=post]'));
  await reads(/A post can have media or a poll, not both\./);
  assert.equal(await evaluate('document.querySelector("textarea").value'), 'Plain');
  await looks('refused');
  await fill('input[name=option]', '');
  await leaves(() => click('.compose-foot button[value=post]'));
  assert.equal(await evaluate('document.querySelector(".post-focus .media img").alt'), 'Another dot');
  await send('Emulation.setScriptExecutionDisabled', { value: false });
}

try {
  await signIn('alice');
  const posted = await writesWithAPicture();
  await signIn('bob');
  await votes(POLL);
  await signIn('alice');
  await quotes(posted);
  await asksWhoGetsIt();
  await postsLater();
  await readsFormerVersions(POLL);
  await writesWithoutScript();
  assert.deepEqual(faults, []);
  console.log('written, voted, quoted');
} finally {
  close();
  browser.kill();
  const late = setTimeout(() => browser.kill('SIGKILL'), PATIENCE);
  await ended;
  clearTimeout(late);
  // The child processes of the browser may still write into the folder for a moment.
  await until('the folder can be removed', () => {
    try {
      fs.rmSync(folder, { recursive: true, force: true });
      return true;
    } catch {
      return false;
    }
  });
}
