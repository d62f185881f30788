// ux.md 2.5 (31): an evening of a club. Six members, a guest and the operator on phones, tablets and desktops use the product from the first
// sign-up to the answer to an objection. Single features have stories of their own; this one shows that they go together.

import type { Locator } from '@playwright/test';
import { passwordLogin } from '../harness/accounts.ts';
import { NEXT_PASSWORD, type LinkKind } from '../harness/account_life.ts';
import { Album } from '../harness/album.ts';
import { photo } from '../harness/files.ts';
import { mailedLink } from '../harness/mailbox_page.ts';
import { action, allActions } from '../harness/message_actions.ts';
import { apply, moderatePerson } from '../harness/moderate.ts';
import { enterAdmin, giveModerator, keepAct, reportRows } from '../harness/operator.ts';
import { expect, isLoaded, STORY_VARS, test, type Company, type Person, type PersonOptions } from '../harness/people.ts';
import { Server } from '../harness/server.ts';
import { openSettings } from '../harness/settings_dialog.ts';
import { sendNewAccount, signInByPassword } from '../harness/sign_up.ts';

const ADMIN_TOKEN = 'a token for the story of the club evening';
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const TABLET = { viewport: { width: 820, height: 1180 }, hasTouch: true, isMobile: true };
const DESK = { viewport: { width: 1280, height: 800 } };
/** A guest is banned with the network, so this one has a network of its own. */
const ELSEWHERE = { 'cf-connecting-ip': '198.51.100.7' };

const GROUP = 'Club evening';
const ROOM = 'General';
const RUDE = 'You are all terribly boring people';
const REASON = 'Insults are not welcome here.';
const OBJECTION = 'It was meant as a joke.';

interface Member {
  person: Person;
  name: string;
  email: string;
}

type Names = 'henrike' | 'malik' | 'ottilie' | 'quentin' | 'sabine' | 'yusuf';
type Members = Record<Names, Member>;

let server: Server;
test.beforeAll(async () => {
  server = await Server.start({ vars: { ...STORY_VARS, ADMIN_TOKEN } });
});
test.afterAll(() => server.stop());

const dialog = ({ page }: Person, name: string): Locator => page.getByRole('dialog', { name, exact: true });
const head = (person: Person, name: RegExp): Locator => person.contacts().getByRole('treeitem', { name });
const isNarrow = ({ page }: Person): boolean => page.viewportSize()!.width < 600;

/** Presses a button or link by keyboard, because a toast may cover it. */
async function press(target: Locator): Promise<void> {
  await expect(target).toBeEnabled();
  await target.press('Enter');
}

/** Goes to an address. A request under way would be cut off and cause a complaint. */
async function goTo({ page }: Person, address: string): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.goto(address);
}

/** Shows the contact list, which an open conversation covers on a phone. */
async function showList(person: Person): Promise<void> {
  const back = person.button('Back to contacts');
  if (isNarrow(person) && (await back.isVisible())) await press(back);
  await expect(person.contacts()).toBeVisible();
}

async function open(person: Person, name: string): Promise<void> {
  await showList(person);
  await person.open(name);
}

/** Presses a button that stands under the list, and in the menu of a phone. */
async function pressEntry(person: Person, name: string): Promise<void> {
  await showList(person);
  if (!isNarrow(person)) return press(person.button(name));
  await press(person.button('Menu'));
  await press(dialog(person, 'Menu').getByRole('button', { name, exact: true }));
}

/** Returns the person's own id as the server tells it. */
async function ownId({ context, base }: Person): Promise<string> {
  const answer = await context.request.get(`${base}/api/auth/me`);
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()).data.user.id;
}

// --- accounts ---

async function join(company: Company, name: string, options: PersonOptions): Promise<Member> {
  const person = await company.come({ base: server.base, ...options });
  await person.page.goto(`${person.base}/sign-in`);
  await person.page.getByRole('link', { name: 'Create account' }).click();
  await expect(person.page).toHaveURL(/form=new/);
  const { email } = await sendNewAccount(person, { name });
  await person.isHome();
  await expect(person.status(`Please confirm ${email}`)).toBeVisible();
  return { person, name, email };
}

/** Makes the six accounts, each on its own device. */
async function joinAll(company: Company): Promise<Members> {
  return {
    henrike: await join(company, 'Henrike', PHONE),
    malik: await join(company, 'Malik', PHONE),
    ottilie: await join(company, 'Ottilie', TABLET),
    quentin: await join(company, 'Quentin', TABLET),
    sabine: await join(company, 'Sabine', DESK),
    yusuf: await join(company, 'Yusuf', DESK),
  };
}

/** Follows the newest link of a kind from the page of the mailbox, which `album` takes a picture of. */
async function followLink({ person, email }: Member, kind: LinkKind, album?: Album): Promise<void> {
  const address = await mailedLink(person, email, kind, async (mailbox) => album?.takePage(mailbox, 'mailbox'));
  await goTo(person, address);
}

/** Confirms a member's address. The bar is gone when the page has heard so. */
async function confirm(member: Member, album?: Album): Promise<void> {
  const { person, email } = member;
  await followLink(member, 'verify', album);
  await expect(person.page.getByRole('textbox', { name: 'E-mail' })).toHaveValue(email);
  await press(person.button('Confirm this address'));
  await expect(person.status('Your address is confirmed.')).toBeVisible();
  const asked = person.page.waitForResponse((answer) => answer.url().endsWith('/api/me/account'));
  await press(person.page.getByRole('link', { name: 'Open CF Messenger' }));
  expect((await (await asked).json()).data.verified).toBe(true);
  await person.isHome();
  await expect(person.status('Please confirm')).toHaveCount(0);
}

async function chooseTheme(person: Person, title: string, theme: string): Promise<void> {
  const settings = await openSettings(person.page, 'Appearance');
  await settings.getByRole('radio', { name: title, exact: true }).check();
  await expect(person.page.locator('html')).toHaveAttribute('data-theme', theme);
  await person.page.keyboard.press('Escape');
  await expect(settings).toBeHidden();
}

/** Signs in with an address on a device that does not know the person. */
async function signIn(person: Person, email: string): Promise<void> {
  await signInByPassword(person, email);
  await person.isHome();
}

// --- finding each other ---

/** Makes an invite link in the dialog, with its QR code, and returns the link beside the code. */
async function makeInvite(host: Person, album?: Album): Promise<string> {
  await pressEntry(host, 'Add a contact');
  const adding = dialog(host, 'Add a contact');
  await press(adding.getByRole('button', { name: 'Create an invite link', exact: true }));
  const field = adding.getByRole('textbox', { name: 'Invite link' });
  await expect(field).toHaveValue(/\/i\/[0-9A-Z]{16}$/);
  const link = await field.inputValue();
  const code = adding.getByRole('img', { name: 'QR code for this link' });
  await expect.poll(() => isLoaded(code), 'the QR code is drawn').toBe(true);
  await album?.take(host, 'invite');
  await host.page.keyboard.press('Escape');
  await expect(adding).toBeHidden();
  const drawn = await host.context.request.get(`${link}/qr.svg`);
  expect([drawn.status(), drawn.headers()['content-type']]).toEqual([200, 'image/svg+xml']);
  return link;
}

/** Has a member follow an invite of the host, who makes one link for each. Both become contacts, and their conversation opens. */
async function followInvite(host: Member, guest: Member, album?: Album): Promise<void> {
  const { person } = guest;
  await goTo(person, await makeInvite(host.person, album));
  await expect(person.page.getByRole('article')).toContainText(`${host.name} would like to add you as a contact.`);
  await album?.take(person, 'invited');
  await press(person.button('Accept'));
  // On a phone the conversation covers the list.
  await expect(person.log(host.name)).toBeVisible();
  await person.isAlive();
  await showList(person);
  await expect(person.contact(host.name).first()).toBeVisible();
  await expect(host.person.contact(guest.name).first()).toBeVisible();
}

/** Has a member ask another one of the open group, who accepts the request. */
async function request(asking: Member, asked: Member): Promise<void> {
  const { person } = asking;
  await press(person.page.getByRole('complementary').getByRole('button', { name: `Options for ${asked.name}`, exact: true }));
  await press(person.page.getByRole('menuitem', { name: 'Add to contacts' }));
  await press(dialog(person, 'Add a contact').getByRole('button', { name: 'Send request' }));
  await asked.person.contacts().getByRole('button', { name: `Accept ${asking.name}` }).click();
  for (const [one, other] of [[asking, asked], [asked, asking]] as const) {
    await expect(one.person.contact(other.name).first()).toBeVisible();
  }
}

// --- talking ---

async function makeGroup({ person }: Member, names: string[]): Promise<void> {
  await pressEntry(person, 'New group');
  const making = dialog(person, 'New group');
  await making.getByRole('textbox', { name: 'Group name' }).fill(GROUP);
  for (const name of names) await making.getByRole('checkbox', { name, exact: true }).check();
  await press(making.getByRole('button', { name: 'Create group' }));
  await expect(making).toBeHidden();
  await expect(person.log(GROUP)).toBeVisible();
}

/** Says a line in the group, and waits until all have it. */
async function says({ person }: Member, line: string, all: Member[]): Promise<void> {
  await person.say(line);
  for (const reader of all) await expect(reader.person.row(GROUP, line)).toHaveCount(1);
}

async function nudgeAndWink({ sabine, quentin }: Members, all: Member[], album: Album): Promise<void> {
  await press(sabine.person.button('Nudge'));
  await press(quentin.person.button('Winks'));
  await press(quentin.person.page.getByRole('menuitem', { name: 'Crane Flock' }));
  await expect(quentin.person.button('Skip')).toBeVisible();
  await album.take(quentin.person, 'wink');
  for (const { person, name } of all) {
    await expect(person.row(GROUP, name === 'Sabine' ? 'You nudged everyone.' : 'Sabine nudged everyone.')).toHaveCount(1);
    await expect(person.row(GROUP, name === 'Quentin' ? 'You sent “Crane Flock”.' : 'Quentin sent “Crane Flock”.')).toHaveCount(1);
  }
}

async function react({ person, name }: Member, line: string, all: Member[]): Promise<void> {
  await press(await action(person.row(GROUP, line), 'React: Heart'));
  for (const reader of all) {
    const who = reader.name === name ? 'You' : name;
    await expect(reader.person.row(GROUP, line).getByRole('button', { name: `${who} reacted with Heart` })).toHaveCount(1);
  }
}

/** Sends a picture to the group. A contact sees it at once, everybody else on request. */
async function sendPicture({ person }: Member, contact: Member, stranger: Member): Promise<void> {
  const [line, described] = ['Look what is on the table', 'The cake'];
  const chooser = person.page.waitForEvent('filechooser');
  await person.button('Attach files').click();
  await (await chooser).setFiles([{ name: 'cake.png', mimeType: 'image/png', buffer: photo(400, 300, 190) }]);
  await person.page.getByRole('textbox', { name: 'Description of cake.png' }).fill(described);
  await person.composer().fill(line);
  await press(person.button('Send'));
  const image = (reader: Member) => reader.person.row(GROUP, line).getByRole('img', { name: described });
  await expect.poll(async () => (await image(contact).count()) === 1 && isLoaded(image(contact)), 'a contact sees the picture').toBe(true);
  await press(stranger.person.row(GROUP, line).getByRole('button', { name: `Show picture: ${described}` }));
  await expect.poll(async () => (await image(stranger).count()) === 1 && isLoaded(image(stranger)), 'the picture on request').toBe(true);
}

/** Has two contacts exchange a line in their direct conversation. */
async function talkAlone(one: Member, other: Member): Promise<void> {
  await open(one.person, other.name);
  await open(other.person, one.name);
  await one.person.say('Shall I bring the chess clock?');
  await expect(other.person.row(one.name, 'chess clock')).toHaveCount(1);
  await other.person.say('Yes, and the small board');
  await expect(one.person.row(other.name, 'small board')).toHaveCount(1);
}

// --- devices ---

/** Has a member forget the password, and come in by a link from the mailbox. The other device is signed out. */
async function forget(member: Member, other: Person, album: Album): Promise<void> {
  const { person, email } = member;
  const { page } = person;
  await page.waitForLoadState('networkidle');
  await person.signOut();
  await press(page.getByRole('link', { name: 'Forgot your password?' }));
  await expect(page).toHaveURL(/\/forgot/);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await press(person.button('Send me a link'));
  await expect(person.status('we’ve sent it an e-mail')).toBeVisible();
  await followLink(member, 'reset');
  await page.getByRole('textbox', { name: 'Password' }).fill(NEXT_PASSWORD);
  await album.take(person, 'reset');
  await other.page.waitForLoadState('networkidle');
  await other.mayBeRefused(async () => {
    await press(person.button('Save and sign in'));
    await person.isHome();
    await expect(other.signInButton()).toBeVisible();
  });
  expect((await passwordLogin(server.base, email)).status, 'the old password').toBe(401);
}

/** Opens the dialog of favourite, groups and nickname of a contact, and puts the contact into a new group. */
async function putIntoGroup({ person }: Member, name: string, group: string): Promise<Locator> {
  const arranging = await person.arrange(name);
  await arranging.getByRole('textbox', { name: 'New contact group' }).fill(group);
  await press(arranging.getByRole('button', { name: 'Add' }));
  await expect(arranging.getByRole('checkbox', { name: group })).toBeChecked();
  return arranging;
}

/** Arranges the list: a favourite with a nickname, and two groups of which the later one stands first. */
async function arrange(member: Member): Promise<void> {
  const { person } = member;
  const first = await putIntoGroup(member, 'Henrike', 'Board');
  await first.getByRole('checkbox', { name: 'Favourite' }).check();
  await first.getByRole('textbox', { name: 'Nickname' }).fill('Captain');
  await first.getByRole('button', { name: 'Done' }).click();
  await expect(person.contact('Captain').first()).toBeVisible();
  const second = await putIntoGroup(member, 'Yusuf', 'Chess');
  await second.getByRole('button', { name: 'Done' }).click();
  await press(person.button('List options'));
  const options = dialog(person, 'List options');
  await press(options.getByRole('button', { name: 'Move Chess up' }));
  await press(options.getByRole('button', { name: 'Done' }));
  await isArranged(person);
}

/** Asserts that a list is as `arrange` left it. */
async function isArranged(person: Person): Promise<void> {
  const order = async () => (await head(person, /^(Board|Chess) \(/).allInnerTexts()).map((text) => text.trim().split(/\s/)[0]);
  await expect(head(person, /^Favourites \(/)).toBeVisible();
  await expect.poll(order, 'the order of the own groups').toEqual(['Chess', 'Board']);
  await expect(person.contact('Captain').first()).toBeVisible();
  await expect(person.contact('Henrike')).toHaveCount(0);
}

// --- order ---

/** Has a guest come in by the form of the sign-in page. */
async function comeAsGuest(person: Person, name: string): Promise<void> {
  await person.page.goto(`${person.base}/sign-in`);
  await person.page.getByRole('textbox', { name: 'Your name' }).fill(name);
  await press(person.joinButton());
}

/** Reports a message on the page. Returns its id. */
async function report(person: Person, line: string, writer: string, album: Album): Promise<string> {
  const row = person.row(ROOM, line);
  await expect(row).toHaveCount(1);
  const message = await row.getAttribute('data-id');
  await press((await allActions(row)).getByRole('button', { name: 'Report…', exact: true }));
  const reporting = dialog(person, `Report ${writer}`);
  await reporting.getByRole('radio', { name: 'Abuse or threats' }).press('Space');
  await album.take(person, 'report');
  await press(reporting.getByRole('button', { name: 'Report', exact: true }));
  await expect(reporting.getByRole('status')).toHaveText('Thanks. The moderators will see your report.');
  await press(reporting.getByRole('button', { name: 'Done' }));
  await expect(reporting).toBeHidden();
  return message!;
}

/** Removes the message and bans its writer for a day, with the buttons of a moderator's page (ux.md 2.14). */
async function showOut(moderator: Person, name: string, album: Album): Promise<void> {
  // The page learns of the new role when it is opened.
  await goTo(moderator, `${moderator.base}/app`);
  await expect(moderator.page.getByRole('navigation', { name: 'Open conversations' })).toContainText(GROUP);
  await open(moderator, ROOM);
  await press(await action(moderator.row(ROOM, RUDE), 'Remove for everyone…'));
  const removal = dialog(moderator, `Moderate ${name}`);
  await album.take(moderator, 'moderate');
  await apply(removal, { act: 'Remove the message', reason: REASON });
  await apply(await moderatePerson(moderator, name), { act: 'Ban', length: '1 day', reason: REASON });
}

/** Has the operator find the report on /admin and name a moderator, who shows the guest out. */
async function keepOrder(guest: Person, operator: Person, { sabine, yusuf }: Members, album: Album): Promise<void> {
  const name = 'Loud Visitor';
  await comeAsGuest(guest, name);
  await guest.isHome();
  await open(guest, ROOM);
  await open(yusuf.person, ROOM);
  await guest.say(RUDE);
  const message = await report(yusuf.person, RUDE, name, album);

  const [user, moderator] = [await ownId(guest), await ownId(sabine.person)];
  await enterAdmin(operator, ADMIN_TOKEN);
  await expect(await reportRows(operator, user, `${user} general/${message}`)).toHaveCount(1);
  await giveModerator(operator, moderator);
  await album.take(operator, 'roles');

  await guest.page.waitForLoadState('networkidle');
  await guest.mayBeRefused(async () => {
    await showOut(sabine.person, name, album);
    await expect(guest.signInButton()).toBeVisible();
  });
  await expect(yusuf.person.row(ROOM, 'This message was deleted.')).toHaveCount(1);
  await expect(yusuf.person.row(ROOM, RUDE)).toHaveCount(0);
}

/** Has the guest read why, and object. The operator closes the objection, which the guest reads as well. */
async function object(guest: Person, operator: Person, album: Album): Promise<void> {
  const { page } = guest;
  await guest.mayBeRefused(async () => {
    await comeAsGuest(guest, 'Quiet Visitor');
    await expect(page.getByRole('alert').filter({ hasText: 'A moderator has banned you.' })).toBeVisible();
  });
  await page.goto(`${guest.base}/moderation`);
  await expect(page.getByRole('heading', { name: 'You were banned' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText(REASON);
  await page.getByRole('textbox', { name: 'Why should this be reversed?' }).fill(OBJECTION);
  await album.take(guest, 'banned');
  await press(guest.button('Appeal'));
  await expect(guest.status('Your appeal has been sent.')).toBeVisible();

  await keepAct(operator, OBJECTION);
  await page.goto(`${guest.base}/moderation`);
  await expect(page.getByText('Your appeal was read, but the decision was upheld.')).toBeVisible();
  await expect(guest.button('Appeal')).toHaveCount(0);
}

// --- the evening ---

/** Has everybody talk in the group: lines, a nudge, a wink, a reaction and a picture. */
async function talk(members: Members, lines: [Names, string][], album: Album): Promise<void> {
  const { henrike, malik, ottilie, sabine, yusuf } = members;
  const all = Object.values(members);
  await makeGroup(henrike, all.filter((member) => member !== henrike).map(({ name }) => name));
  for (const member of all.filter((member) => member !== henrike)) await open(member.person, GROUP);
  for (const [who, line] of lines) await says(members[who], line, all);
  await request(yusuf, ottilie);
  await request(sabine, yusuf);
  await nudgeAndWink(members, all, album);
  await react(yusuf, lines[1]![1], all);
  await sendPicture(yusuf, henrike, malik);
  await album.take(malik.person, 'group');
  await album.take(yusuf.person, 'group');
  await album.take(ottilie.person, 'group');
}

/** Asserts that everybody has the list and the conversations of the evening. */
async function isAsExpected(members: Members, lines: [Names, string][], album: Album): Promise<void> {
  const { henrike, malik, sabine, ...others } = members;
  for (const { person, name } of Object.values(members)) {
    await open(person, GROUP);
    for (const [, line] of lines) await expect(person.row(GROUP, line), `${line}, for ${name}`).toHaveCount(1);
    await showList(person);
    await expect(person.contact(GROUP).first()).toBeVisible();
  }
  for (const { name } of [malik, sabine, ...Object.values(others)]) await expect(henrike.person.contact(name).first()).toBeVisible();
  for (const { person } of [malik, ...Object.values(others)]) await expect(person.contact('Henrike').first()).toBeVisible();
  await isArranged(sabine.person);
  await open(malik.person, 'Henrike');
  for (const line of ['chess clock', 'small board']) await expect(malik.person.row('Henrike', line)).toHaveCount(1);
  await showList(malik.person);
  await album.take(malik.person, 'list');
}

test('a club evening: eight people on phones, tablets and desktops sign up, find each other, talk, come back and show a guest out @night', async ({ company }, info) => {
  test.setTimeout(20 * 60_000);
  const album = new Album(info);
  const lines: [Names, string][] = [
    ['henrike', 'Welcome everybody, the door is open'],
    ['malik', 'On my way with the drinks'],
    ['ottilie', 'I have kept you a seat at the window'],
    ['quentin', 'Starting the first game in a moment'],
    ['sabine', 'Please be kind to the new people'],
    ['yusuf', 'The cake is on the table'],
  ];

  const members = await test.step('six people sign up and confirm their addresses', async () => {
    const members = await joinAll(company);
    const { ottilie, malik, sabine, yusuf } = members;
    await album.take(ottilie.person, 'signed-up');
    for (const member of Object.values(members)) await confirm(member, member === sabine ? album : undefined);
    await chooseTheme(malik.person, 'Modern dark', 'modern-dark');
    await chooseTheme(yusuf.person, 'Dusk', 'dusk');
    return members;
  });
  const { henrike, malik, ottilie, quentin, sabine, yusuf } = members;

  await test.step('they find each other by links that QR codes hold', async () => {
    for (const member of [malik, ottilie, quentin, sabine, yusuf]) {
      await followInvite(henrike, member, member === malik ? album : undefined);
    }
  });
  await test.step('they talk in a group and alone', async () => {
    await talk(members, lines, album);
    await talkAlone(henrike, malik);
  });
  await test.step('one forgets the password', async () => {
    const other = await company.come({ base: server.base, ...PHONE });
    await signIn(other, quentin.email);
    await forget(quentin, other, album);
  });
  await test.step('one comes back on another device, to the same list', async () => {
    await arrange(sabine);
    await album.take(sabine.person, 'arranged');
    const other = await company.come({ base: server.base, ...PHONE });
    await signIn(other, sabine.email);
    await isArranged(other);
    await album.take(other, 'same-list');
    await open(other, GROUP);
    for (const [, line] of lines) await expect(other.row(GROUP, line)).toHaveCount(1);
  });
  await test.step('a guest misbehaves, is shown out, and objects', async () => {
    const guest = await company.come({ base: server.base, ...PHONE, extraHTTPHeaders: ELSEWHERE });
    const operator = await company.come({ base: server.base, ...DESK, locale: 'en' });
    await keepOrder(guest, operator, members, album);
    await object(guest, operator, album);
  });
  // The fixture asserts at the end that no console of these people has a complaint.
  await test.step('everything is as expected at the end', () => isAsExpected(members, lines, album));
});
