// Starts and joins demo rooms (docs/spec/demo.md). The server reveals a session only once. This tab keeps it, and the demo's messenger
// continues with it.
const KEY = 'cfm-demo';
const DEVICE = '/demo/device';

const find = (selector) => document.querySelector(selector);
const entry = (code) => find(`#words [data-code="${code}"]`) ?? find('#words [data-code="FAILED"]');

function showProblem(code) {
  const bar = find('#said > .bar');
  bar.replaceChildren(entry(code).cloneNode(true)); // The text may have a link.
  bar.hidden = false;
  bar.scrollIntoView({ block: 'nearest' });
  globalThis.turnstile?.reset(); // A widget's answer is valid once.
}

/** Returns the data of an answer; throws the code of a refusal. Cookies are neither sent nor kept. */
async function ask(method, path, body) {
  const headers = body && { 'Content-Type': 'application/json' };
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), credentials: 'omit', cache: 'no-store' }).catch(() => undefined);
  const parsed = await answer?.json().catch(() => undefined);
  if (!parsed?.data) throw parsed?.error?.code ?? 'NETWORK';
  return parsed.data;
}

function goOn(joined) {
  sessionStorage.setItem(KEY, JSON.stringify(joined));
  location.replace(DEVICE);
}

/** Runs `work` once at a time and disables its button meanwhile. */
async function busy(button, work) {
  if (button.disabled) return;
  button.disabled = true;
  try {
    await work();
  } catch (code) {
    showProblem(code);
    button.disabled = false;
    return code;
  }
}

// A page that returns from the browser's cache must work again, so it is reloaded.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());

const start = find('#start');
start?.addEventListener('click', () =>
  busy(start, async () => {
    const joined = await ask('POST', '/demo/rooms', { language: document.documentElement.lang, token: find('[name=cf-turnstile-response]')?.value });
    sessionStorage.setItem(KEY, JSON.stringify(joined));
    // If starting a room needs proof of a person, the stage sends people here.
    location.assign(location.search.includes('for=stage') ? '/demo/stage' : DEVICE);
  }),
);

const form = find('#join');
if (form) {
  const { code } = form.dataset;
  const path = `/demo/rooms/${encodeURIComponent(code)}`;
  const name = find('#name');
  const tiles = find('#free .personas');

  const tile = ({ id, displayName, avatarId }) => {
    const label = Object.assign(document.createElement('label'), { className: 'persona' });
    const choice = Object.assign(document.createElement('input'), { type: 'radio', name: 'persona', value: id });
    const face = Object.assign(document.createElement('span'), { className: 'face' });
    const portrait = /^av_\d\d$/.test(avatarId) ? avatarId : 'av_guest';
    face.append(Object.assign(new Image(96, 96), { className: 'portrait', alt: '', src: `/assets/portraits.svg#${portrait}` }));
    label.append(choice, face, Object.assign(document.createElement('span'), { className: 'persona-name', textContent: displayName }));
    return label;
  };

  /** Shows the free characters with a random one chosen. So one press is enough, and two phones rarely choose the same. */
  const showRoom = async () => {
    const room = await ask('GET', path);
    find('#room').textContent = `${entry('room').textContent} ${room.code} · ${entry('here').textContent} ${room.people} / ${room.cap}`;
    tiles.replaceChildren(...room.free.map(tile));
    const choices = tiles.querySelectorAll('input');
    const chosen = choices[Math.floor(Math.random() * choices.length)];
    if (chosen) chosen.checked = true;
    find('#free').hidden = form.querySelector('.or').hidden = !chosen;
    find('#own').hidden = false;
    name.required = !chosen;
    if (room.isLocked) showProblem('FORBIDDEN');
    else if (room.people >= room.cap) showProblem('ROOM_FULL');
    return true;
  };

  const enter = async () => {
    const displayName = name.value.trim();
    const personaId = new FormData(form).get('persona');
    goOn(await ask('POST', `${path}/join`, displayName ? { displayName } : { personaId }));
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const refused = await busy(form.querySelector('[type=submit]'), enter);
    // Somebody else was faster, so the list of free characters is loaded again.
    if (refused === 'PERSONA_TAKEN') await showRoom().catch(showProblem);
  });

  // A stored text that cannot be read is not ours.
  const stored = await new Response(sessionStorage.getItem(KEY)).json().catch(() => undefined);
  if (stored?.code === code && stored.expiresAt > Date.now()) location.replace(DEVICE);
  else await showRoom().catch((refused) => ((find('#room').hidden = true), showProblem(refused)));
}

// The next page's files are fetched while the person chooses a name.
for (const file of document.body.dataset.ahead.split(' ')) fetch(file, { priority: 'low' }).catch(() => undefined);
