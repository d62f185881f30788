// ux.md 1 and its first complaint: the one number of unread messages, from the one read cursor. Messages that were read on one device are
// read on all, and a reload shows the same number.

import { PASSWORD, freshEmail, register } from '../harness/accounts.ts';
import { freshName, marker } from '../harness/ids.ts';
import { expect, test, type Company, type Person } from '../harness/people.ts';

/** Empties the inbox as a tool would, which does not mark anything as read. */
async function emptyInbox(person: Person): Promise<void> {
  const { request } = person.context;
  const get = async (path: string) => (await (await request.get(`${person.base}${path}`)).json()).data;
  const items = (await get('/api/inbox')).items.map((item: any) => ({ roomId: item.roomId, seq: item.toSeq }));
  const { csrfToken } = await get('/api/auth/me');
  const headers = { origin: person.base, 'x-csrf-token': csrfToken };
  const answer = await request.post(`${person.base}/api/inbox/ack`, { data: { items }, headers });
  expect(answer.ok(), await answer.text()).toBe(true);
  expect((await get('/api/inbox')).items).toEqual([]);
}

/** Opens an account on two devices, and a persona who writes to it. */
async function twoDevicesAndAFriend(company: Company) {
  const [desk, phone, friend] = [await company.come(), await company.come(), await company.come()];
  const [email, name] = [freshEmail(), freshName()];
  await register(company.server.base, { email, displayName: name });
  for (const device of [desk, phone]) await device.signInWith({ email, password: PASSWORD });
  await friend.signInAs('Runa');
  return { desk, phone, friend, name };
}

const shows = async (person: Person, count: number) => {
  const name = count === 0 ? /^Runa(?!.*unread)/ : new RegExp(`^Runa,.* ${count} unread`);
  await expect(person.contact('Runa').first()).toHaveAccessibleName(name);
};

/** Asserts the last message that the list shows of the conversation with Runa. */
const says = (person: Person, words: string) => expect(person.contact('Runa').first()).toHaveAccessibleDescription(words);

test('read on one device is read on all of them, and a reload shows the same number', async ({ company }) => {
  const { desk, phone, friend, name } = await twoDevicesAndAFriend(company);
  await desk.open('Runa');
  await desk.say('hello');
  await desk.open('General');
  await friend.open(name);
  for (const text of ['one', 'two', 'three']) await friend.say(text);
  await shows(desk, 3);
  await shows(phone, 3);
  await says(phone, 'three');
  await phone.page.reload();
  await phone.isHome();
  await shows(phone, 3);
  await says(phone, 'three');
  await emptyInbox(phone);
  await phone.page.reload();
  await shows(phone, 3);
  await phone.isHome();
  await shows(phone, 3);

  await desk.open('Runa');
  await shows(desk, 0);
  await desk.open('General');
  // The read receipt reaches the server within a second.
  const unread = async () => {
    const { data } = await (await phone.context.request.get(`${phone.base}/api/rooms?scope=mine`)).json();
    return data.items.find((room: any) => room.type === 'dm').unread;
  };
  await expect.poll(unread).toBe(0);
  await phone.page.reload();
  await shows(phone, 0);
  await phone.isHome();
  await shows(phone, 0);

  // Both devices have the conversation open but not in view. A message that one device reads counts as read on the other at once.
  await phone.open('Runa');
  await phone.open('General');
  await friend.say('four');
  await shows(desk, 1);
  await shows(phone, 1);
  await desk.open('Runa');
  await shows(desk, 0);
  await shows(phone, 0);
  for (const person of [desk, phone]) {
    await person.page.reload();
    await person.isHome();
    await shows(person, 0);
  }
});

/** Deletes a message of one's own for both people in the conversation. */
async function takeBack(person: Person, text: string): Promise<void> {
  const { request } = person.context;
  const get = async (path: string) => (await (await request.get(`${person.base}${path}`)).json()).data;
  const room = (await get('/api/rooms?scope=mine')).items.find((one: any) => one.type === 'dm').id;
  const { messages } = await get(`/api/messages?roomId=${room}`);
  const { id } = messages.find((message: any) => message.content === text);
  const { csrfToken } = await get('/api/auth/me');
  const headers = { origin: person.base, 'x-csrf-token': csrfToken };
  const answer = await request.delete(`${person.base}/api/messages/${id}?roomId=${room}&for=all`, { headers });
  expect(answer.ok(), await answer.text()).toBe(true);
}

test('what was taken back does not wait, whether the conversation is open or not; nor what another device has read @night', async ({ company }) => {
  const { desk, phone, friend, name } = await twoDevicesAndAFriend(company);
  // At the desk the conversation is open in a background tab; on the phone it is only in the list.
  await desk.open('Runa');
  await desk.say('hello');
  await desk.open('General');
  await friend.open(name);
  for (const text of ['one', 'two', 'three']) await friend.say(text);
  await shows(desk, 3);
  await shows(phone, 3);
  await takeBack(friend, 'two');
  await shows(desk, 2);
  await shows(phone, 2);
  await takeBack(friend, 'one');
  await takeBack(friend, 'three');
  await shows(desk, 0);
  await shows(phone, 0);
  for (const device of [desk, phone]) await says(device, 'You: hello');
  await expect(desk.page).toHaveTitle(/^(?!\(\d)/);

  await friend.say('four');
  await shows(phone, 1);
  await desk.open('Runa');
  await shows(phone, 0);
});

/** Hides a page until `look()`. */
function hidden(): void {
  let isHidden = true;
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
  Object.assign(window, {
    look: () => {
      isHidden = false;
      document.dispatchEvent(new Event('visibilitychange'));
    },
  });
}

/** Holds back frames of this kind in the page until `bring()`. */
function heldFrames(kind: string): void {
  const held: (() => void)[] = [];
  let isHeld = true;
  const { set, ...rest } = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage')!;
  Object.defineProperty(WebSocket.prototype, 'onmessage', {
    ...rest,
    set(this: WebSocket, listener: ((event: MessageEvent) => void) | null) {
      set!.call(this, listener && ((event: MessageEvent) => (isHeld && String(event.data).includes(kind) ? held.push(() => listener(event)) : listener(event))));
    },
  });
  Object.assign(window, {
    bring: () => {
      isHeld = false;
      held.splice(0).forEach((listener) => listener());
    },
    heldCount: () => held.length,
  });
}

test('what the list hears of only after the log of a conversation came is unread all the same @night', async ({ company }) => {
  const [looker, talker] = [await company.come(), await company.come()];
  await looker.page.addInitScript(hidden);
  await looker.page.addInitScript(heldFrames, '"message_notification"');
  await looker.signInAs('Mia');
  await talker.signInAs('Runa');
  await talker.open('Mia');
  const [first, second] = [marker(), marker()];
  await talker.say(first);
  await talker.say(second);
  // The notifications are held back, and the log of the conversation arrives first.
  await expect.poll(() => looker.page.evaluate(() => (window as unknown as { heldCount: () => number }).heldCount())).toBe(2);
  await looker.open('Runa');
  await expect(looker.row('Runa', second)).toBeVisible();
  const runa = looker.contact('Runa').first();
  await looker.page.evaluate(() => (window as unknown as { bring: () => void }).bring());
  await expect(runa).toHaveAccessibleName(/^Runa,.* 2 unread/);
  await looker.page.evaluate(() => (window as unknown as { look: () => void }).look());
  await expect(runa).toHaveAccessibleName(/^Runa(?!.*unread)/);
});

test('a public room that is opened in a hidden tab has missed what came since, and nothing of before @night', async ({ company }) => {
  const [looker, talker] = [await company.come(), await company.come()];
  await looker.page.addInitScript(hidden);
  await talker.signInAs('Runa');
  await talker.open('Music');
  for (const text of ['said before', 'said as well']) await talker.say(text);
  await looker.signInAs('Mia');
  const music = looker.contact('Music').first();
  await looker.open('Music');
  await expect(looker.row('Music', 'said as well')).toBeVisible();
  await expect(music).toHaveAccessibleName(/^Music(?!.*unread)/);
  await talker.say('said since');
  await expect(music).toHaveAccessibleName(/^Music,.* 1 unread/);
  // The server has the same number as soon as it knows the page's position.
  const unread = async () => {
    const { data } = await (await looker.context.request.get(`${looker.base}/api/rooms?scope=public`)).json();
    return data.items.find((room: any) => room.id === 'music').unread;
  };
  await expect.poll(unread).toBe(1);
  await looker.page.reload();
  await looker.isHome();
  await expect(music).toHaveAccessibleName(/^Music,.* 1 unread/);
  await looker.open('Music');
  await looker.page.evaluate(() => (window as unknown as { look: () => void }).look());
  await expect(music).toHaveAccessibleName(/^Music(?!.*unread)/);
  await expect.poll(unread).toBe(0);
});
