// Stories of the gallery (fixed states of the page, called poses in addresses and pictures): the visible sign of each, and the way to open one.

import type { Locator, Page } from '@playwright/test';
import { expect } from './people.ts';

type Sign = (page: Page) => Locator;
const says = (text: RegExp): Sign => (page) => page.locator('body').getByText(text).filter({ visible: true }).first();
const said = (text: RegExp): Sign => (page) => page.getByRole('log').getByText(text).first();
const inStatus = (text: RegExp): Sign => (page) => page.getByRole('status').filter({ hasText: text });
const dialog = (name: RegExp): Sign => (page) => page.getByRole('dialog', { name });
const listed = (name: RegExp): Sign => (page) => page.getByRole('navigation', { name: 'Contacts' }).getByRole('treeitem', { name });
const opened = (room: string): Sign => (page) => page.getByRole('log', { name: `Conversation with ${room}` });

/** Sign of each pose in English: an element that the page shows only in this pose. */
export const STORY_SIGNS: Record<string, Sign> = {
  list: says(/No conversation open|People/),
  arranged: listed(/^Choir/),
  requests: (page) => page.getByRole('region', { name: 'Contact requests' }).getByRole('button', { name: 'Accept Farah' }),
  unconfirmed: says(/Please confirm mia@example\.org/),
  'first-steps': (page) => page.getByRole('region', { name: 'First steps' }),
  'no-contacts': (page) => page.getByRole('button', { name: 'Chat with a bot' }).filter({ visible: true }).first(),
  search: (page) => page.getByRole('button', { name: 'Search messages for “lea”' }),
  found: says(/The shoe is optional/),
  searching: says(/Searching…/),
  'found-all': says(/3 results in all 4 conversations/),
  'not-found': says(/No messages found/),
  'search-off': says(/Message search isn’t available here/),
  unseen: (page) => page.locator('[aria-description="There’s something new."]').filter({ visible: true }).first(),
  'status-menu': (page) => page.getByRole('menu', { name: 'My status' }).getByRole('menuitemradio', { name: 'Back soon' }),
  card: dialog(/^Card of Jonas$/),
  'row-menu': (page) => page.getByRole('menu', { name: 'Options for Jonas' }).getByRole('menuitem', { name: 'Favourites and groups…' }),
  'room-menu': (page) => page.getByRole('menu', { name: 'Options for General' }).getByRole('menuitem', { name: 'Mute' }),
  events: says(/Nothing new/),
  happened: (page) => page.getByRole('dialog', { name: 'Events' }).getByRole('listitem').filter({ hasText: 'That didn’t work' }),
  chats: dialog(/^Open conversations$/),
  more: dialog(/^Menu$/),
  conversation: said(/Bring the cake/),
  online: opened('Aylin'),
  offline: says(/will get your messages when they’re back/),
  blocked: says(/You’ve blocked Jonas/),
  room: opened('General'),
  held: inStatus(/You can’t write in public rooms until/),
  group: opened('Cake crew'),
  crew: said(/Jonas nudged everyone 3 times/),
  bot: said(/Bot, scripted/),
  'bot-asleep': says(/^Nova has reached today’s limit and will be back at \d/),
  'bot-unavailable': says(/^Nova isn’t available right now\./),
  'person-menu': (page) => page.getByRole('menu', { name: 'Options for Jonas' }),
  typing: inStatus(/Jonas is typing…/),
  loading: says(/Loading messages/),
  empty: says(/No messages yet/),
  closed: says(/You’re no longer in this group/),
  gone: says(/This group no longer exists/),
  unread: said(/4 new/),
  bubbles: (page) => page.locator('[data-bubbles="on"]'),
  hue: (page) => page.locator('main[data-hue="6"] [data-backdrop="3"]'),
  files: (page) => page.getByRole('img', { name: 'A snail' }),
  'picture-lost': said(/Couldn’t load this picture: A snail/),
  covered: (page) => page.getByRole('button', { name: 'Show picture: A snail' }),
  picture: dialog(/^A snail$/),
  actions: (page) => page.getByRole('button', { name: 'More actions' }),
  'message-sheet': (page) => page.getByRole('button', { name: 'Delete for me' }),
  pinned: (page) => page.getByRole('button', { name: /^Pinned – Jonas:/ }),
  tabs: (page) => page.getByRole('navigation', { name: 'Open conversations' }).getByRole('button', { name: /^General/ }),
  writing: (page) => page.locator('textarea:not(:placeholder-shown)'),
  'over-limit': says(/\/ 2,048/),
  reply: says(/Replying to Jonas/),
  edit: says(/Editing your message/),
  tray: (page) => page.getByRole('group', { name: 'Attachments' }),
  'tray-sending': (page) => page.getByRole('button', { name: 'Cancel' }),
  'tray-link': (page) => page.getByRole('group', { name: 'Attachments' }).getByRole('link', { name: /^Snails/ }),
  'tray-faults': (page) => page.getByRole('alert').filter({ hasText: 'eleventh.png' }),
  cooling: (page) => page.getByRole('button', { name: /^You can nudge again in 6 seconds$/ }),
  emoticons: dialog(/^Emoticons$/),
  'emoticons-own': (page) => page.getByRole('tab', { name: 'Yours', selected: true }),
  'winks-cooling': (page) => page.getByRole('menuitem', { disabled: true }).and(page.getByTitle(/One wink at a time – try again in \d+ s/)).first(),
  muted: (page) => page.locator('select:has(option[value="ever"]:checked)'),
  winks: (page) => page.getByRole('menuitem', { name: 'Crane Flock' }),
  font: dialog(/^Font$/),
  'bot-commands': (page) => page.getByRole('listbox', { name: 'Commands' }).getByRole('option', { name: /^\/slice.*\(Oven at the bakery\)$/ }),
  options: dialog(/^Conversation options$/),
  nudge: (page) => page.locator('main[data-nudge="on"]'),
  wink: (page) => page.getByRole('button', { name: 'Skip' }),
  connecting: inStatus(/^Connecting…$/),
  lost: inStatus(/Connection lost/),
  back: inStatus(/Back online\./),
  ending: inStatus(/Your session ends/),
  update: inStatus(/A new version is available/),
  'sound-waits': says(/Click anywhere to turn on sound/),
  toasts: says(/That was too fast/),
  'toasts-more': says(/Just came online/),
  settings: dialog(/^Settings$/),
  account: (page) => page.getByRole('group', { name: 'Account' }).getByLabel('New password'),
  leaving: (page) => page.getByRole('textbox', { name: 'Password' }),
  'leaving-refused': (page) => page.getByRole('group', { name: 'My data' }).getByRole('alert'),
  profile: dialog(/profile/i),
  handle: (page) => page.getByRole('textbox', { name: 'Handle' }),
  'own-picture': (page) => page.getByRole('img', { name: 'Your picture as others will see it' }),
  'list-options': dialog(/^List options$/),
  person: dialog(/^Jonas$/),
  until: (page) => page.getByRole('dialog', { name: 'My status' }).getByRole('button', { name: /no plan, good shoes/ }),
  keys: dialog(/^Shortcuts$/),
  reactions: dialog(/./),
  earlier: dialog(/^Edit history$/),
  forward: dialog(/^Forward to$/),
  'quick-texts': dialog(/^Quick texts$/),
  locked: dialog(/is locked$/),
  kept: dialog(/^Saved messages$/),
  'own-emoticons': (page) => page.getByRole('dialog', { name: 'Your emoticons' }).getByText('A snail on its way'),
  'add-contact': dialog(/^Add a contact$/),
  'new-group': dialog(/^New group$/),
  'find-rooms': dialog(/^Find rooms$/),
  'no-rooms': says(/No people or conversations found/),
  here: (page) => page.getByRole('dialog', { name: 'People here' }).getByText('Theo'),
  members: dialog(/^Members$/),
  integrations: (page) => page.getByRole('textbox', { name: 'Address of “Weather at the pier”' }),
  'own-bots': (page) => page.getByRole('textbox', { name: 'Token of “Oven at the bakery”' }),
  invite: dialog(/./),
  'leave-group': dialog(/./),
  report: dialog(/^Report Jonas$/),
  // The browser itself marks and reports the missing choice.
  'report-no-reason': (page) => page.getByRole('dialog', { name: 'Report Jonas' }).locator('[type=radio]:user-invalid').first(),
  'report-refused': (page) => page.getByRole('alert').filter({ hasText: 'You’ve reached today’s limit' }),
  reported: inStatus(/The moderators will see your report\./),
  moderate: (page) => page.getByRole('dialog', { name: 'Moderate Jonas' }).getByRole('radio', { name: 'Remove the message' }),
  'moderate-person': (page) => page.getByRole('dialog', { name: 'Moderate Lea' }).getByRole('combobox', { name: 'For how long' }),
  'moderate-room': (page) => page.getByRole('dialog', { name: 'Moderate General' }).getByRole('combobox', { name: 'One message every' }),
  'session-ends': dialog(/Sign in again/),
  'session-ended': dialog(/Sign in again/),
  'session-refused': (page) => page.getByRole('alert').filter({ hasText: 'Wrong e-mail address or password.' }),
  'sign-in': (page) => page.getByRole('button', { name: 'Sign in', exact: true }),
  'sign-in-accounts': (page) => page.getByRole('link', { name: 'Try it without an account' }),
  'sign-in-taken': (page) => page.getByRole('alert').filter({ hasText: 'Someone is already using this character' }),
  'sign-in-busy': (page) => page.getByRole('alert').filter({ hasText: 'Too many attempts' }),
  'sign-in-locked': (page) => page.getByRole('alert').filter({ hasText: 'Too many attempts' }),
  'sign-in-refused': (page) => page.getByRole('alert').filter({ hasText: 'Wrong e-mail address or password' }),
  'sign-in-second-factor': (page) => page.getByRole('alert').filter({ hasText: 'two-step verification' }),
  'new-account': (page) => page.getByRole('button', { name: 'Create account' }),
  'new-account-refused': (page) => page.getByRole('alert').filter({ hasText: 'Choose a stronger password' }),
  forgot: (page) => page.getByRole('button', { name: 'Send me a link' }),
  'forgot-no-mail': inStatus(/This server can’t send e-mail/),
  'reset-refused': (page) => page.getByRole('alert').filter({ hasText: 'Choose a stronger password' }),
  'recover-refused': (page) => page.getByRole('alert').filter({ hasText: 'Wrong e-mail address or code' }),
  confirm: (page) => page.getByRole('button', { name: 'Confirm this address' }),
  'undo-done': inStatus(/Your account has its old address back/),
  'link-gone': says(/This link was used or has expired/),
  privacy: (page) => page.getByRole('heading', { name: 'Privacy', exact: true }),
  'invite-page': (page) => page.getByRole('button', { name: /^Create account and / }),
  'invite-page-guest': says(/need an account to accept invites/),
  'invite-page-member': (page) => page.getByRole('button', { name: 'Accept' }),
  'invite-page-gone': says(/no longer valid/),
  moderation: (page) => page.getByRole('heading', { name: 'Moderation' }),
  'not-there': (page) => page.getByRole('heading', { name: 'Page not found' }),
  unavailable: (page) => page.getByRole('link', { name: 'Reload' }),
};
/** Poses that a phone cannot show, because a conversation has no caption there. */
export const DESK_ONLY = ['tabs', 'sound-waits'];

/** Poses that the gate checks; the nightly run checks the others. */
export const CORE = [
  'list', 'arranged', 'requests', 'found', 'status-menu', 'card', 'happened', 'more', 'conversation', 'offline',
  'blocked', 'room', 'group', 'crew', 'bot-asleep', 'typing', 'loading', 'unread', 'hue', 'files',
  'covered', 'actions', 'reply', 'edit', 'tray', 'tray-faults', 'cooling', 'emoticons', 'winks', 'nudge',
  'lost', 'toasts', 'settings', 'profile', 'new-group', 'report', 'session-ended', 'sign-in-refused', 'new-account', 'account', 'unconfirmed', 'reset-refused', 'privacy',
  'first-steps', 'sign-in-accounts',
];

/** Signs of some poses in German. */
const GERMAN: Record<string, Sign> = {
  list: (page) => page.getByRole('navigation', { name: 'Kontakte' }),
  conversation: (page) => page.getByRole('log', { name: 'Chat mit Jonas' }),
  'own-picture': (page) => page.getByRole('dialog').locator('canvas'),
};

/** Opens a pose and returns when it is completely loaded and drawn. The language is English unless the knobs choose another. */
export async function openStory(page: Page, base: string, pose: string, knobs: string): Promise<void> {
  const signs = knobs.includes('lang=de') ? GERMAN : STORY_SIGNS;
  await page.goto(`${base}/gallery/${pose}?${knobs}`);
  await expect(signs[pose]!(page), pose).toBeVisible();
  await restLoaded(page);
}

/** Waits until the later parts of the page are loaded and drawn: style sheets, pictures and fonts. */
async function restLoaded(page: Page): Promise<void> {
  const isThere = (): boolean => {
    const sheets = [...document.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]')];
    const pictures = [...document.images];
    const hasCome = document.querySelector('.app') === null || sheets.some(({ href }) => href.endsWith('/pkg/home.css'));
    return hasCome && sheets.every(({ sheet }) => sheet !== null) && pictures.every(({ complete }) => complete);
  };
  await page.waitForFunction(isThere);
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (let frames = 0; frames < 2; frames += 1) await new Promise((drawn) => requestAnimationFrame(drawn));
  });
}
