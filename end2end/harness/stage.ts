// Stage of a demo room (demo.md): its two devices, its figures, and the log of its room.

import type { FrameLocator, Locator, Page } from '@playwright/test';
import type { Person } from './people.ts';
import { ROOM } from './presenter.ts';

/** Session data that a demo page stores. */
export interface Kept {
  code: string;
  roomId: string;
  sessionId: string;
}

/** Event of the room's log. */
export interface Said {
  seq: number;
  timestamp: number;
  senderId?: string;
  content?: string;
}

/** Frame of one of the two devices. */
export const device = (stage: Page, number: 1 | 2): FrameLocator => stage.frameLocator(`iframe[title^="Device ${number}"]`);
export const log = (stage: Page, number: 1 | 2): Locator => device(stage, number).getByRole('log', { name: `Conversation with ${ROOM}` });
export const row = (stage: Page, number: 1 | 2, text: string): Locator => log(stage, number).getByRole('listitem').filter({ hasText: text });

export async function say(stage: Page, number: 1 | 2, text: string): Promise<void> {
  const composer = device(stage, number).getByRole('textbox', { name: 'Message', exact: true });
  await composer.fill(text);
  await composer.press('Enter');
}

/** Pair of a term and its value on the stage. The pair itself has no accessible name. */
export const figure = (stage: Page, name: string): Locator => stage.locator('dl > div').filter({ has: stage.getByRole('term').getByText(name, { exact: true }) });
export const value = (stage: Page, name: string): Locator => figure(stage, name).getByRole('definition');
export const number = async (stage: Page, name: string): Promise<number> => Number(await value(stage, name).textContent());

export const kept = (page: Page, key = 'cfm-demo'): Promise<Kept> => page.evaluate((key) => JSON.parse(sessionStorage.getItem(key)!), key);

/** Returns all events of the room's log after `since`, read over HTTP. */
export async function eventsAfter(who: Person, since: number): Promise<Said[]> {
  const { sessionId, roomId } = await kept(who.page);
  const received: Said[] = [];
  for (let next = since, more = true; more; ) {
    const url = `${who.base}/api/messages?roomId=${roomId}&since=${next}&limit=200`;
    const answer = await who.context.request.get(url, { headers: { authorization: `Bearer ${sessionId}` } });
    const { data } = await answer.json();
    received.push(...data.messages);
    [next, more] = [data.next, data.more];
  }
  return received;
}
