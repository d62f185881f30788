// Follows an embedded room, and says what a guest writes (docs/spec/embed.md). The session of a guest stays in the memory of this page: a
// frame of another site has no cookies.
const WAIT_MS_MAX = 60_000;

const find = (selector) => document.querySelector(selector);
const [log, list, state, enter, say] = ['#log', '#messages', '#state', '#enter', '#say'].map(find);
const { room, pollMs, dates } = log.dataset;
const path = `/embed/${encodeURIComponent(room)}`;
const language = document.documentElement.lang;

const words = (code) => (find(`#words [data-code="${code}"]`) ?? find('#words [data-code="FAILED"]')).textContent;
const tell = (code) => (state.textContent = code ? words(code) : '');

// --- the messages

/** Text of each row as the server wrote it, so that rows that are the same stay where they are. */
const written = new WeakMap();

function adopt(row) {
  written.set(row, row.outerHTML);
  for (const time of row.querySelectorAll('time')) {
    const at = new Date(time.dateTime);
    const year = at.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
    time.textContent = at.toLocaleString(dates, { day: 'numeric', month: 'long', year, hour: '2-digit', minute: '2-digit' });
  }
  return row;
}

/** Shows the rows of a new list. A row that is unchanged is not touched: a screen reader then reads only what is new. */
function show(fresh) {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const known = new Map([...list.children].map((row) => [row.dataset.id, row]));
  const rows = [...fresh.children].map((row) => {
    const old = known.get(row.dataset.id);
    return old && written.get(old) === row.outerHTML ? old : adopt(document.adoptNode(row));
  });
  for (const row of [...list.children]) if (!rows.includes(row)) row.remove();
  rows.forEach((row, at) => list.children[at] === row || list.insertBefore(row, list.children[at] ?? null));
  list.dataset.seq = fresh.dataset.seq;
  find('#none').hidden = rows.length > 0;
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

let [timer, waitMs, isAsking, isOver] = [undefined, Number(pollMs), false, false];

async function ask() {
  const query = new URLSearchParams({ after: list.dataset.seq, lang: language });
  const answer = await fetch(`${path}/events?${query}`, { credentials: 'omit', cache: 'no-store' });
  if (answer.status === 404) {
    isOver = true;
    tell('OVER');
    const hadFocus = [enter, say].some((form) => form?.contains(document.activeElement));
    for (const form of [enter, say]) form?.remove();
    if (hadFocus) log.focus();
  } else if (answer.status === 200) {
    show(new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('ol'));
  } else if (answer.status !== 204) {
    throw answer.status;
  }
}

/** Asks for new messages now, and again later while the page is seen. */
async function follow() {
  clearTimeout(timer);
  if (isAsking || isOver || document.hidden) return;
  isAsking = true;
  try {
    await ask();
    waitMs = Number(pollMs);
  } catch {
    waitMs = Math.min(2 * waitMs, WAIT_MS_MAX);
  }
  isAsking = false;
  if (!isOver) timer = setTimeout(follow, waitMs);
}

for (const row of list.children) adopt(row);
log.scrollTop = log.scrollHeight;
document.addEventListener('visibilitychange', follow);
timer = setTimeout(follow, waitMs);

// --- guests

let session;

/** Returns the data of an answer; throws the code of a refusal. */
async function call(name, body) {
  const headers = { 'Content-Type': 'application/json', ...(session && { Authorization: `Bearer ${session}` }) };
  const request = { method: 'POST', headers, body: JSON.stringify(body), credentials: 'omit', cache: 'no-store' };
  const answer = await fetch(`${path}/${name}`, request).catch(() => undefined);
  const parsed = await answer?.json().catch(() => undefined);
  if (!parsed?.data) throw parsed?.error?.code ?? 'NETWORK';
  return parsed.data;
}

/** Carries out what a form says, once at a time, and shows a refusal. Its button is not disabled meanwhile: that would take the focus away. */
function onSubmit(form, work) {
  const field = form?.querySelector('input'); // The line of a refusal describes it.
  let isBusy = false;
  form?.addEventListener('input', () => field.removeAttribute('aria-invalid'));
  form?.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    tell();
    const refused = await work(form.elements).catch((code) => (typeof code === 'string' ? code : 'FAILED'));
    if (refused) tell(refused);
    field.setAttribute('aria-invalid', ['VALIDATION', 'INVALID_TEXT'].includes(refused));
    if (field.ariaInvalid === 'true') field.focus();
    isBusy = false;
  });
}

function showForm(isGuest) {
  [enter.hidden, say.hidden] = [isGuest, !isGuest];
  (isGuest ? say : enter).querySelector('input').focus();
}

onSubmit(enter, async (fields) => {
  const proof = fields['cf-turnstile-response']?.value;
  const entered = call('enter', { name: fields.name.value.trim(), turnstile: proof });
  ({ sessionId: session } = await entered.finally(() => globalThis.turnstile?.reset())); // A widget's answer is valid once.
  showForm(true);
});

/** Message that was perhaps sent: the same id makes sure that it is said once. */
let pending;

onSubmit(say, async ({ content }) => {
  const text = content.value;
  if (pending?.content !== text) pending = { id: crypto.randomUUID(), content: text };
  try {
    await call('say', pending);
  } catch (code) {
    if (code !== 'NETWORK') pending = undefined;
    // A held message has reached the moderators: it must not be sent again.
    if (code === 'HELD') content.value = '';
    if (code === 'UNAUTHENTICATED') {
      session = undefined;
      showForm(false);
    }
    throw code;
  }
  pending = undefined;
  content.value = '';
  await follow();
});
