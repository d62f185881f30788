// People in browsers. A person is one browser context (one cookie jar) with one page. Stories find and use the page only through the
// accessible names of ux.md. Any error or warning in the console fails the story at its end.

import { test as base, expect, type BrowserContext, type BrowserContextOptions, type Frame, type Locator, type Page, type Request, type Route, type WebSocket } from '@playwright/test';
import { PERSONAS } from './cast.ts';
import { cutAll } from './left_open.ts';
import { Server } from './server.ts';

/** Deadline of a wait without one of its own; the same as that of `expect`. */
const DEADLINE_MS = 20_000;

/** Messages that the browser itself prints while its network is down. These complaints are excused only where a story cuts the network. */
const OUTAGE = /Failed to load resource|TypeError: Failed to fetch|WebSocket connection to|net::ERR_|ERR_CONNECTION|when fetching the script|WebAssembly compilation aborted/;

/**
 * `serviceWorkers: 'allow'` is for stories about the service worker. The other stories have none (`playwright.config.ts`). Each new browser
 * would install it and load the whole page once more. Requests that a page sends while the worker takes over would also bypass the `route`
 * of a story.
 */
export interface PersonOptions extends BrowserContextOptions {
  /** The story cuts this person's network or server. */
  outage?: boolean;
  /** The story holds back the later parts of this page, so no step waits for them. */
  restHeld?: boolean;
  /** Other address of the server, for instance that of a proxy. */
  base?: string;
}

export class Person {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly base: string;
  readonly complaints: string[] = [];
  private readonly sockets: WebSocket[] = [];
  private readonly outage: boolean;
  private readonly restHeld: boolean;
  private isLeaving = false;

  constructor(context: BrowserContext, page: Page, base: string, { outage = false, restHeld = false, javaScriptEnabled = true }: PersonOptions) {
    this.context = context;
    this.page = page;
    this.base = base;
    this.outage = outage;
    this.restHeld = restHeld;
    for (const name of ['reload', 'goto'] as const) {
      const go = page[name].bind(page) as (...given: unknown[]) => Promise<null>;
      page[name] = async (...given: unknown[]) => {
        // Only scripts take steps.
        if (javaScriptEnabled) await stepsEnded(page);
        return go(...given);
      };
    }
    page.on('websocket', (socket) => this.sockets.push(socket));
    page.on('pageerror', (failure) => this.complaints.push(`page error: ${failure.message}`));
    page.on('console', (line) => {
      const text = `${line.type()}: ${line.text()}`;
      const serious = line.type() === 'error' || (line.type() === 'warning' && /hydrat|leptos|deprecat|policy/i.test(text));
      // Requests that were under way at sign-out are refused; that is no fault.
      const isRefused = this.isLeaving && /status of (40[134]|429)/.test(text);
      if (serious && !isRefused && !(this.outage && OUTAGE.test(text))) this.complaints.push(`${text} ${line.location().url}`);
    });
  }

  // --- places, by the names of ux.md ---

  contacts = (): Locator => this.page.getByRole('navigation', { name: 'Contacts' });

  /** Row of a person or a room in the contact list. */
  contact = (name: string): Locator => {
    const rowName = new RegExp(`^${escape(name)}(,|$)`);
    return this.contacts().getByRole('button', { name: rowName }).or(this.contacts().getByRole('treeitem', { name: rowName }));
  };

  log = (name: string): Locator => this.page.getByRole('log', { name: `Conversation with ${name}` });
  row = (name: string, text: string | RegExp): Locator => this.log(name).getByRole('listitem').filter({ hasText: text });
  composer = (): Locator => this.page.getByRole('textbox', { name: 'Message', exact: true });
  button = (name: string | RegExp): Locator => this.page.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name });
  /** Button of the form of accounts on the sign-in page. */
  signInButton = (): Locator => this.button('Sign in');
  /** Button of the form of guests and personas. */
  joinButton = (): Locator => this.button('Join');
  myStatus = (): Locator => this.page.getByRole('banner').getByRole('button', { name: /^My status/ });
  status = (text: string | RegExp): Locator => this.page.getByRole('status').filter({ hasText: text });

  // --- actions ---

  /** Chooses a persona on the sign-in page. The choice may be a radio or a button, so the keyboard is used. */
  async choosePersona(name: string): Promise<void> {
    const begins = new RegExp(`^${escape(name)}\\b`);
    const choice = this.page.getByRole('radio', { name: begins }).or(this.page.getByRole('button', { name: begins }));
    await choice.first().focus();
    await this.page.keyboard.press('Space');
  }

  /** Signs in on the page, as people do (`sign-in.spec.ts`). */
  async signInOnPage(persona: string): Promise<void> {
    await this.page.goto(`${this.base}/sign-in`);
    await this.choosePersona(persona);
    await this.joinButton().click();
    await this.isHome();
  }

  /** Signs in as this persona over the API. Stories that are not about signing in skip the sign-in page to save time. */
  signInAs = (persona: string): Promise<void> => this.signInWith({ userId: PERSONAS[persona]!, status: 'online' });
  signInAsGuest = (displayName: string): Promise<void> => this.signInWith({ displayName, status: 'online' });

  /** Gives the browser a session through `POST /api/auth/login`; open pages do not notice it. */
  async beginSession(form: Record<string, string>): Promise<void> {
    const headers = { origin: new URL(this.base).origin, 'x-requested-with': 'cookie' };
    const answer = await this.context.request.post(`${this.base}/api/auth/login`, { data: { ...form, token: 'dev' }, headers });
    expect(answer.ok(), await answer.text()).toBe(true);
  }

  /** Signs in through `POST /api/auth/login` and opens the app. */
  async signInWith(form: Record<string, string>): Promise<void> {
    await this.beginSession(form);
    await this.page.goto(`${this.base}/app`);
    await this.isHome();
  }

  /** Waits until the contact list is there and the page reacts. */
  async isHome(): Promise<void> {
    await isThere(this.contacts());
    await this.isAlive();
  }

  /** Waits until the page handles keys and presses, in any language. Only a hydrated page opens its presence socket. */
  async isAlive(): Promise<void> {
    await this.socketOpens('/api/ws/presence');
    if (!this.restHeld) await isComplete(this.page);
  }

  /** Waits until the page has an open socket of this path. */
  private async socketOpens(path: string): Promise<void> {
    if (this.openSockets(path) > 0) return;
    const predicate = (socket: WebSocket): boolean => socket.url().includes(path);
    await this.page.waitForEvent('websocket', { predicate, timeout: DEADLINE_MS }).catch((late: Error) => {
      throw new Error(`no open socket of ${path}: ${late.message}`);
    });
  }

  /** Returns the number of open sockets of this page. */
  openSockets(path: string): number {
    return this.sockets.filter((socket) => !socket.isClosed() && socket.url().includes(path)).length;
  }

  /** Heading of the offline contacts, which are folded by default. */
  private offlineHead = (): Locator => this.contacts().getByRole('treeitem', { name: /^Offline \(/ });

  /** Unfolds the offline contacts. */
  async showOffline(): Promise<void> {
    const head = this.offlineHead();
    await expect(head).toBeVisible();
    if ((await head.getAttribute('aria-expanded')) === 'false') await head.press('Enter');
    await expect(head).toHaveAttribute('aria-expanded', 'true');
  }

  async open(name: string): Promise<void> {
    const row = this.contact(name).first();
    const folded = this.offlineHead().and(this.page.locator('[aria-expanded=false]'));
    await isThere(row.or(folded).first());
    // Only one heading has this name (ux.md, introduction).
    const heading = this.page.getByRole('main').getByRole('heading', { name });
    // The row may move into another section, because its person comes or goes: into a folded one before the press, or between pointer down
    // and up, and then nothing was pressed.
    await expect(async () => {
      if (!(await row.isVisible()) && (await folded.isVisible())) await folded.press('Enter', { timeout: 5_000 });
      await row.click({ timeout: 5_000 });
      await expect(heading).toBeVisible({ timeout: 5_000 });
    }).toPass();
    await isThere(this.log(name));
  }

  /** Opens the dialog of favourite, groups and nickname of a person in the list by the menu of the row. */
  async arrange(name: string): Promise<Locator> {
    await this.contact(name).first().click({ button: 'right' });
    await this.page.getByRole('menuitem', { name: 'Favourites and groups…' }).click();
    const dialog = this.page.getByRole('dialog', { name, exact: true });
    await isThere(dialog);
    return dialog;
  }

  async say(text: string): Promise<void> {
    await this.composer().fill(text);
    await this.composer().press('Enter');
  }

  async setStatus(name: string): Promise<void> {
    await this.myStatus().click();
    await this.page.getByRole('menuitemradio', { name, exact: true }).click();
    await expect(this.myStatus()).toHaveAccessibleName(new RegExp(escape(name)));
  }

  async signOut(): Promise<void> {
    await this.mayBeRefused(async () => {
      await this.pressSignOut();
      // A guest is asked first.
      const sure = this.page.getByRole('dialog', { name: 'Sign out' }).getByRole('button', { name: 'Sign out' });
      await expect(sure.or(this.signInButton()).first()).toBeVisible();
      if (await sure.isVisible()) await sure.click();
      await expect(this.signInButton()).toBeVisible();
    });
  }

  /** Requests the sign-out without waiting for its result. */
  async pressSignOut(): Promise<void> {
    const direct = this.button('Sign out');
    if (!(await direct.isVisible())) await this.myStatus().click();
    await direct.click();
  }

  /** Performs a step during which the server may refuse requests: without a session, without a right, or too many of them. */
  async mayBeRefused(deed: () => Promise<void>): Promise<void> {
    this.isLeaving = true;
    await deed();
    this.isLeaving = false;
  }

  /** Returns the matches of `marker` in the rows of the log, from top to bottom. */
  async found(name: string, marker: RegExp): Promise<string[]> {
    const texts = await this.log(name).getByRole('listitem').allInnerTexts();
    return texts.map((text) => marker.exec(text)?.[0]).filter((text) => text !== undefined);
  }
}

/**
 * Waits until something is there. `expect` would write down the whole accessibility tree at each look until then, which is too slow for
 * steps that every story takes.
 */
const isThere = (what: Locator, state: 'attached' | 'visible' = 'visible'): Promise<void> => what.waitFor({ state, timeout: DEADLINE_MS });

/**
 * Waits until all of a page is there. The later part, which handles keys and opens panels, brings this style sheet; the server's document has
 * everything that is in view.
 */
export const isComplete = (page: Page): Promise<void> => isThere(page.locator('link[rel=stylesheet][href="/pkg/home.css"]').first(), 'attached');

/** Waits until something has stopped moving. Scrolling by the wheel may continue for a while, and pause on a busy machine. */
export async function atRest(what: Locator): Promise<void> {
  await expect(what).toBeVisible();
  let [before, samples] = [-1, 0];
  const isStill = async () => {
    const { y } = (await what.boundingBox())!;
    samples = y === before ? samples + 1 : 0;
    before = y;
    return samples;
  };
  await expect.poll(isStill, { message: 'at rest', intervals: [100] }).toBeGreaterThanOrEqual(3);
}

/** Says whether an image has its picture. */
export const isLoaded = (image: Locator): Promise<boolean> => image.evaluate((element) => (element as HTMLImageElement).naturalWidth > 0);

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Waits until the page has taken its steps back in the history. A layer that closes takes such a step after the effects of its moment, and
 * the step would end a navigation that begins before it.
 */
const stepsEnded = (page: Page): Promise<unknown> =>
  page.evaluate(async () => {
    const scope = window as unknown as { stepsUnderWay?: number };
    if (scope.stepsUnderWay === undefined) return;
    const turn = (): Promise<unknown> => new Promise((next) => setTimeout(next, 0));
    for (let turns = 0; turns < 2 || scope.stepsUnderWay > 0; turns += 1) await turn();
  });

/** Runs in every page before its own scripts. The script prints policy violations as errors, and counts sounds and steps in the history. */
function witness(): void {
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
  });
  const scope = window as unknown as { soundsStarted: number; sound?: BaseAudioContext; stepsUnderWay: number };
  scope.stepsUnderWay = 0;
  const go = history.go.bind(history);
  history.go = (steps?: number) => {
    scope.stepsUnderWay += 1;
    addEventListener('popstate', () => (scope.stepsUnderWay -= 1), { once: true });
    go(steps);
  };
  scope.soundsStarted = 0;
  const { createGain } = BaseAudioContext.prototype;
  BaseAudioContext.prototype.createGain = function (this: BaseAudioContext) {
    scope.sound = this;
    return createGain.call(this);
  };
  const { start } = AudioScheduledSourceNode.prototype;
  AudioScheduledSourceNode.prototype.start = function (this: AudioScheduledSourceNode, ...times: number[]) {
    scope.soundsStarted += 1;
    return start.apply(this, times as [number?]);
  };
}

/**
 * Holds back a page's requests to an address until `release`. Then each request continues, or `then` handles it. `asked` resolves at the
 * first request. `isMeant` selects requests; all others pass.
 */
export async function holdBack(
  page: Page,
  address: string | RegExp,
  then = (route: Route): Promise<void> => route.continue(),
  isMeant = (_request: Request): boolean => true,
) {
  const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await page.route(address, async (route) => {
    if (!isMeant(route.request())) return route.continue();
    asked.resolve();
    await held.promise;
    await then(route);
  });
  return { asked: asked.promise, release: held.resolve };
}

/** Waits until the page's next presence socket has received a frame. Earlier messages wait in the inbox and show no toast. */
export async function lineOpens(page: Page): Promise<void> {
  const line = await page.waitForEvent('websocket', (socket) => socket.url().includes('/api/ws/presence'));
  await line.waitForEvent('framereceived');
}

/**
 * Waits for the answer to the next renewal of a page's session. Each page renews it when it starts, and that answer sets the cookie: a story
 * that begins another session must have waited for it, or the earlier session comes back.
 */
export const renewal = (page: Page): Promise<unknown> => page.waitForResponse((answer) => answer.url().endsWith('/api/auth/refresh'));

/** Returns the number of sounds that a page or frame has started since it was loaded. */
export const soundsStarted = (page: Page | Frame): Promise<number> => page.evaluate(() => (window as unknown as { soundsStarted: number }).soundsStarted);

/** Waits until the page can play sounds. A browser unlocks sound in a user gesture, and only then the page fetches its sounds. */
export async function soundsOpen(page: Page | Frame): Promise<void> {
  const isOpen = (): boolean => {
    const isRunning = (window as unknown as { sound?: BaseAudioContext }).sound?.state === 'running';
    return isRunning && performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/assets/sounds.json'));
  };
  await expect.poll(() => page.evaluate(isOpen), 'sounds are open').toBe(true);
}

export interface Company {
  /** Opens a browser for a new person. */
  come(options?: PersonOptions): Promise<Person>;
  /** Starts a server for this story alone. It stops when the pages are gone: a page may still ask for its icon when the story ends. */
  serve(vars: Record<string, string>): Promise<Server>;
  server: Server;
}

/** Closes the pages of a context and ends its session, which frees the persona for the next story. */
async function leave(context: BrowserContext, base: string): Promise<void> {
  // The pages close before the sign-out: Chromium may never finish closing a context whose page is moving to the sign-in page.
  await Promise.all(context.pages().map((page) => page.close()));
  await context.setOffline(false);
  // These requests bypass the story's proxy, which may be cut; cookies are valid on every port. A failed request is repeated, because the
  // server may close an idle connection just as it is used again.
  const maxRetries = 3;
  const me = await context.request.get(`${base}/api/auth/me`, { maxRetries });
  // Only the session itself can read its CSRF token.
  const csrf = me.ok() ? ((await me.json()).data.csrfToken as string) : undefined;
  if (csrf) {
    const headers = { origin: base, 'x-csrf-token': csrf };
    const out = await context.request.post(`${base}/api/auth/logout`, { data: {}, headers, maxRetries });
    expect(out.status(), 'the persona is free again').toBeLessThan(500);
  }
  await context.close();
}

/** Returns the text of the clipboard. No page of ours may read it (core.md 9.2), so an answer that is no page does, in a tab of its own. */
export async function clipboardText(page: Page): Promise<string> {
  const tab = await page.context().newPage();
  await tab.goto(new URL('/api/config', page.url()).href);
  const text = await tab.evaluate(() => navigator.clipboard.readText());
  await tab.close();
  return text;
}

export const STORY_VARS = { RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REGISTER_TRY: '0', RATE_MAIL: '0', RATE_ACCOUNT: '0', RATE_REST: '0', RATE_ASK: '0', RATE_DEMO_ROOM: '0', RATE_DEMO_JOIN: '0', OPEN_ROOMS: '1' };

export const test = base.extend<{ company: Company }, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await Server.start({ vars: STORY_VARS });
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 30 * 60_000 },
  ],
  company: async ({ browser, server }, use) => {
    const people: Person[] = [];
    const gone = new Set<BrowserContext>();
    const own: Server[] = [];
    const serve = async (vars: Record<string, string>) => {
      const started = await Server.start({ vars });
      own.push(started);
      return started;
    };
    const come = async ({ outage, restHeld, base: address = server.base, ...options }: PersonOptions = {}) => {
      const context = await browser.newContext({ baseURL: address, ...options });
      context.on('close', () => gone.add(context));
      await context.addInitScript(witness);
      const person = new Person(context, await context.newPage(), address, { ...options, outage, restHeld });
      people.push(person);
      return person;
    };
    await use({ come, serve, server });
    // A silent socket would stay in its room for minutes, and the next story would wait for its receipts.
    cutAll();
    try {
      await Promise.all(people.filter(({ context }) => !gone.has(context)).map(({ context }) => leave(context, server.base)));
    } finally {
      await Promise.all(own.map((started) => started.stop()));
    }
    expect(people.flatMap((person) => person.complaints), 'what the pages complained about').toEqual([]);
  },
});

export { expect };
