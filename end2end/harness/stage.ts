// The stage of a demo room (demo.md): its two devices, its figures, and the log of the room behind it.

import type { FrameLocator, Locator, Page } from '@playwright/test';
import type { Person } from './people.ts';
import { ROOM } from './presenter.ts';

/** What a page of the demo keeps of itself. */
export interface Kept {
  code: string;
  roomId: string;
  sessionId: string;
}

/** An event of the room's log. */
export interface Said {
  seq: number;
  timestamp: number;
  senderId?: string;
  content?: string;
}

/** One of the two devices. */
export const device = (stage: Page, number: 1 | 2): FrameLocator => stage.frameLocator(`iframe[title^="Device ${number}"]`);
export const log = (stage: Page, number: 1 | 2): Locator => device(stage, number).getByRole('log', { name: `Conversation with ${ROOM}` });
export const row = (stage: Page, number: 1 | 2, text: string): Locator => log(stage, number).getByRole('listitem').filter({ hasText: text });

export async function say(stage: Page, number: 1 | 2, text: string): Promise<void> {
  const composer = device(stage, number).getByRole('textbox', { name: 'Message', exact: true });
  await composer.fill(text);
  await composer.press('Enter');
}

/** A term of the stage and what stands beside it: such a pair has no name of its own. */
export const figure = (stage: Page, name: string): Locator => stage.locator('dl > div').filter({ has: stage.getByRole('term').getByText(name, { exact: true }) });
export const value = (stage: Page, name: string): Locator => figure(stage, name).getByRole('definition');
export const number = async (stage: Page, name: string): Promise<number> => Number(await value(stage, name).textContent());

export const kept = (page: Page, key = 'cfm-demo'): Promise<Kept> => page.evaluate((key) => JSON.parse(sessionStorage.getItem(key)!), key);

/** Everything the room's log has after `since`, as it says over HTTP. */
export async function eventsAfter(who: Person, since: number): Promise<Said[]> {
  const { sessionId, roomId } = await kept(who.page);
  const told: Said[] = [];
  for (let next = since, more = true; more; ) {
    const url = `${who.base}/api/messages?roomId=${roomId}&since=${next}&limit=200`;
    const answer = await who.context.request.get(url, { headers: { authorization: `Bearer ${sessionId}` } });
    const { data } = await answer.json();
    told.push(...data.messages);
    [next, more] = [data.next, data.more];
  }
  return told;
}
