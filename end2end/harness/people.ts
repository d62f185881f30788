// People in browsers. A person is one browser context (one cookie jar) and one page, found and driven only by the
// accessible names of ux.md. Whatever the page complains about in the console fails the story at its end.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect, type BrowserContext, type BrowserContextOptions, type Frame, type Locator, type Page, type Request, type Route, type WebSocket } from '@playwright/test';
import { Server } from './server.ts';
import { cutAll } from './socket.ts';

/** Ids of the personas by their names, as `protocol` has them. */
const PERSONAS: Record<string, string> = Object.fromEntries(
  [...readFileSync(join(import.meta.dirname, '../../protocol/src/personas.rs'), 'utf8').matchAll(/id: "(user_\d+)",\s+name: "([^"]+)"/g)].map(([, id, name]) => [name!, id!]),
);

/** The deadline of a wait that a story does not choose itself: as long as that of `expect`. */
const DEADLINE_MS = 20_000;

/** What the browser itself prints when its network is taken away; excused only where a story does that. */
const OUTAGE = /Failed to load resource|TypeError: Failed to fetch|WebSocket connection to|net::ERR_|ERR_CONNECTION|when fetching the script|WebAssembly compilation aborted/;

/**
 * `serviceWorkers: 'allow'` where a story is about what the service worker does. Elsewhere there is none (`playwright.config.ts`): each new
 * browser would install it and load the whole page once more, and what a page sends in the moment in which it is taken over passes the
 * `route` of a story unseen.
 */
export interface PersonOptions extends BrowserContextOptions {
  /** The story takes the network or the server away from this person. */
  outage?: boolean;
  /** The story keeps from this page what comes after its first part: nobody waits for that. */
  restHeld?: boolean;
  /** Another way to the server, for instance through a proxy. */
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

  constructor(context: BrowserContext, page: Page, base: string, { outage = false, restHeld = false }: PersonOptions) {
    this.context = context;
    this.page = page;
    this.base = base;
    this.outage = outage;
    this.restHeld = restHeld;
    page.on('websocket', (socket) => this.sockets.push(socket));
    page.on('pageerror', (failure) => this.complaints.push(`page error: ${failure.message}`));
    page.on('console', (line) => {
      const text = `${line.type()}: ${line.text()}`;
      const serious = line.type() === 'error' || (line.type() === 'warning' && /hydrat|leptos|deprecat/i.test(text));
      // What was on its way when somebody signed out is refused.
      const isRefused = this.isLeaving && /status of 40[13]/.test(text);
      if (serious && !isRefused && !(this.outage && OUTAGE.test(text))) this.complaints.push(`${text} ${line.location().url}`);
    });
  }

  // --- places, by the names of ux.md ---

  contacts = (): Locator => this.page.getByRole('navigation', { name: 'Contacts' });

  /** A person or a room in the contact list. */
  contact = (name: string): Locator => {
    const rowName = new RegExp(`^${escape(name)}(,|$)`);
    return this.contacts().getByRole('button', { name: rowName }).or(this.contacts().getByRole('treeitem', { name: rowName }));
  };

  log = (name: string): Locator => this.page.getByRole('log', { name: `Conversation with ${name}` });
  row = (name: string, text: string | RegExp): Locator => this.log(name).getByRole('listitem').filter({ hasText: text });
  composer = (): Locator => this.page.getByRole('textbox', { name: 'Message', exact: true });
  button = (name: string | RegExp): Locator => this.page.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name });
  myStatus = (): Locator => this.page.getByRole('banner').getByRole('button', { name: /^My status/ });
  status = (text: string | RegExp): Locator => this.page.getByRole('status').filter({ hasText: text });

  // --- deeds ---

  /** Picks a persona on the sign-in page, as a mouse or a keyboard would: the choice may be a radio or a button. */
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
    await this.button('Sign in').click();
    await this.isHome();
  }

  /** Is signed in as this persona. A story that is not about signing in does not wait for a page of its own for that. */
  signInAs = (persona: string): Promise<void> => this.signInWith({ userId: PERSONAS[persona]!, status: 'online' });
  signInAsGuest = (displayName: string): Promise<void> => this.signInWith({ displayName, status: 'online' });

  /** The browser has a session of what `POST /api/auth/login` takes; its pages are not told. */
  async beginSession(form: Record<string, string>): Promise<void> {
    const headers = { origin: new URL(this.base).origin, 'x-requested-with': 'cookie' };
    const answer = await this.context.request.post(`${this.base}/api/auth/login`, { data: { ...form, token: 'dev' }, headers });
    expect(answer.ok(), await answer.text()).toBe(true);
  }

  /** Is signed in, and on the page, with what `POST /api/auth/login` takes. */
  async signInWith(form: Record<string, string>): Promise<void> {
    await this.beginSession(form);
    await this.page.goto(`${this.base}/app`);
    await this.isHome();
  }

  /** The contact list is there and alive. */
  async isHome(): Promise<void> {
    await isThere(this.contacts());
    await this.isAlive();
  }

  /**
   * Keys and presses are heard, in whatever language: only a hydrated page opens its presence socket, and the part that brings the keys
   * of the page brings this sheet.
   */
  async isAlive(): Promise<void> {
    await this.socketOpens('/api/ws/presence');
    if (!this.restHeld) await isThere(this.page.locator('link[rel=stylesheet][href="/pkg/home.css"]').first(), 'attached');
  }

  /** Returns as soon as the page has a socket of this path, which may be there already. */
  private async socketOpens(path: string): Promise<void> {
    if (this.openSockets(path) > 0) return;
    const predicate = (socket: WebSocket): boolean => socket.url().includes(path);
    await this.page.waitForEvent('websocket', { predicate, timeout: DEADLINE_MS }).catch((late: Error) => {
      throw new Error(`no open socket of ${path}: ${late.message}`);
    });
  }

  /** Sockets of this page that are open right now. */
  openSockets(path: string): number {
    return this.sockets.filter((socket) => !socket.isClosed() && socket.url().includes(path)).length;
  }

  /** The head of those who are not here, who are folded away until somebody looks for them. */
  private offlineHead = (): Locator => this.contacts().getByRole('treeitem', { name: /^Offline \(/ });

  /** Looks at those who are not here. */
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
    if (!(await row.isVisible()) && (await folded.isVisible())) await folded.press('Enter');
    await row.click();
    // One heading alone has the name (head of ux.md).
    await isThere(this.page.getByRole('main').getByRole('heading', { name }));
    await isThere(this.log(name));
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
    const direct = this.button('Sign out');
    if (!(await direct.isVisible())) await this.myStatus().click();
    await this.mayBeRefused(async () => {
      await direct.click();
      await expect(this.button('Sign in')).toBeVisible();
    });
  }

  /** Does what ends the session, or what may be refused for want of one. */
  async mayBeRefused(deed: () => Promise<void>): Promise<void> {
    this.isLeaving = true;
    await deed();
    this.isLeaving = false;
  }

  /** What `marker` matches in the rows of the log, from top to bottom. */
  async found(name: string, marker: RegExp): Promise<string[]> {
    const texts = await this.log(name).getByRole('listitem').allInnerTexts();
    return texts.map((text) => marker.exec(text)?.[0]).filter((text) => text !== undefined);
  }
}

/**
 * Waits until something is there. As long as it is not, `expect` writes down the whole accessibility tree at each look, which
 * is much on the ways that every story goes.
 */
const isThere = (what: Locator, state: 'attached' | 'visible' = 'visible'): Promise<void> => what.waitFor({ state, timeout: DEADLINE_MS });

/** Waits until something has stopped moving: what a wheel has set going may go on for a while, and pause on a busy machine. */
export async function atRest(what: Locator): Promise<void> {
  await expect(what).toBeVisible();
  let [before, looks] = [-1, 0];
  const isStill = async () => {
    const { y } = (await what.boundingBox())!;
    looks = y === before ? looks + 1 : 0;
    before = y;
    return looks;
  };
  await expect.poll(isStill, { message: 'at rest', intervals: [100] }).toBeGreaterThanOrEqual(3);
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Told to every page before its own scripts: policy violations are said aloud, and sounds are counted. */
function witness(): void {
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
  });
  const scope = window as unknown as { soundsStarted: number; sound?: BaseAudioContext };
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
 * Holds back what a page asks of an address until `release`, and lets it go on then, or does `then`; `asked` says that it was asked. Where not
 * all of it is meant, `isMeant` says what is.
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

/** Resolves when the presence line that the page opens next has been told something: what came before waits, and does not pop up. */
export async function lineOpens(page: Page): Promise<void> {
  const line = await page.waitForEvent('websocket', (socket) => socket.url().includes('/api/ws/presence'));
  await line.waitForEvent('framereceived');
}

/** How many sounds a page, or a frame of one, has begun since it was loaded. */
export const soundsStarted = (page: Page | Frame): Promise<number> => page.evaluate(() => (window as unknown as { soundsStarted: number }).soundsStarted);

/** Sounds come out of the page from now on: a browser opens them in a gesture, and what they are made of is fetched then. */
export async function soundsOpen(page: Page | Frame): Promise<void> {
  const isOpen = (): boolean => {
    const isRunning = (window as unknown as { sound?: BaseAudioContext }).sound?.state === 'running';
    return isRunning && performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/assets/sounds.json'));
  };
  await expect.poll(() => page.evaluate(isOpen), 'sounds are open').toBe(true);
}

export interface Company {
  /** A new person in a browser of their own. */
  come(options?: PersonOptions): Promise<Person>;
  server: Server;
}

/** Closes the pages of a context and ends its session, which frees the persona for the next story. */
async function leave(context: BrowserContext, base: string): Promise<void> {
  // Before signing out: Chromium may never finish closing a context whose page leaves for the sign-in page meanwhile.
  await Promise.all(context.pages().map((page) => page.close()));
  await context.setOffline(false);
  // Past any proxy of the story, which may be cut: cookies do not know about ports. A connection that was kept may be closed just as it is
  // used again.
  const maxRetries = 3;
  const me = await context.request.get(`${base}/api/auth/me`, { maxRetries });
  // The session alone is told the CSRF token.
  const csrf = me.ok() ? ((await me.json()).data.csrfToken as string) : undefined;
  if (csrf) {
    const headers = { origin: base, 'x-csrf-token': csrf };
    const out = await context.request.post(`${base}/api/auth/logout`, { data: {}, headers, maxRetries });
    expect(out.status(), 'the persona is free again').toBeLessThan(500);
  }
  await context.close();
}

export const STORY_VARS = { RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_DEMO_ROOM: '0', RATE_DEMO_JOIN: '0', OPEN_ROOMS: '1' };

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
    const come = async ({ outage, restHeld, base: address = server.base, ...options }: PersonOptions = {}) => {
      const context = await browser.newContext({ baseURL: address, ...options });
      context.on('close', () => gone.add(context));
      await context.addInitScript(witness);
      const person = new Person(context, await context.newPage(), address, { outage, restHeld });
      people.push(person);
      return person;
    };
    await use({ come, server });
    // A socket that says nothing more stays in its room for minutes, and the next story would wait for its receipts.
    cutAll();
    await Promise.all(people.filter(({ context }) => !gone.has(context)).map(({ context }) => leave(context, server.base)));
    expect(people.flatMap((person) => person.complaints), 'what the pages complained about').toEqual([]);
  },
});

export { expect };
