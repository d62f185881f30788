// The page of the doors (core.md 8 row 19): its forms send the typed values and show the answers.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { clipboardText, expect, STORY_VARS, test } from '../harness/people.ts';
import { Server } from '../harness/server.ts';

test('a developer posts into a room, reads it, and listens', async ({ company }) => {
  const { page, base } = await company.come();
  const room = `d-${randomUUID()}`;
  await page.goto(`${base}/developers`);
  const out = page.getByRole('log');
  const form = (button: string) => page.locator('form').filter({ has: page.getByRole('button', { name: button, exact: true }) }).first();
  const send = async (button: string, path: string, body?: string) => {
    await form(button).getByLabel(/GET|POST|SOCKET/).fill(path);
    if (body !== undefined) await form(button).getByLabel('Body').fill(body);
    await form(button).getByRole('button').click();
  };
  await send('Post a message', `/rooms/${room}/messages`, 'soup is ready');
  await expect(out).toContainText('202');
  await expect(out).toContainText('x-message-seq: 1');
  await send('Read the room', `/rooms/${room}/messages?after=0`);
  await expect(out).toContainText('"body":"soup is ready"');
  await send('Who is there?', `/rooms/${room}/presence`);
  await expect(out).toContainText(`{"room":"${room}","count":0`);
  await send('Listen', `/ws/${room}?after=0&token={token}`);
  await expect(out).toContainText('"op":"hello"');
  await expect(out).toContainText('soup is ready');
  await send('Post a message', `/rooms/${room}/messages`, 'and it is hot');
  await expect(out, 'the socket goes on').toContainText('and it is hot');
  await expect(out).toContainText('202');
  await send('Pull a store', `/websocket?storeId=${room}&payload=%7B%22authToken%22:%22{token}%22%7D`);
  await expect(out).toContainText('WSMessage.PullRes');
  await send('Configuration', '/api/config');
  await expect(out).toContainText('"success":true');
});

test('an example is copied, a door leads to its guide, and the answers stay in view', async ({ company }) => {
  const { page, base, context } = await company.come({ viewport: { width: 1280, height: 800 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: base });
  await page.goto(`${base}/developers`);
  await page.getByRole('button', { name: 'Copy the Messenger example' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied' })).toHaveCount(1);
  expect(await clipboardText(page)).toBe('curl $HUB/api/config');
  await page.getByRole('button', { name: 'Configuration', exact: true }).click();
  await expect(page.getByRole('log')).toContainText('"success":true');
  await expect(page.getByRole('log')).toBeInViewport();
  const guide = page.getByRole('link', { name: 'Guide to LiveStore' });
  const answer = await page.request.get(new URL((await guide.getAttribute('href'))!, base).href);
  expect([answer.status(), (await answer.text()).startsWith('#')]).toEqual([200, true]);
});

test('a developer is a device and publishes to it; signs up, speaks, and listens to packets @night', async ({ company }) => {
  const server = await Server.start({ vars: { ...STORY_VARS, JWT_SECRET } });
  const { page, base } = await company.come({ base: server.base });
  await page.goto(`${base}/developers`);
  const out = page.getByRole('log');
  const form = (button: string) => page.locator('form').filter({ has: page.getByRole('button', { name: button, exact: true }) }).first();
  const send = async (button: string, body?: string) => {
    if (body !== undefined) await form(button).getByLabel('Body').fill(body);
    await form(button).getByRole('button').click();
  };
  const userId = `u-${randomUUID()}`;
  await page.getByLabel(/token/i).first().fill(token({ userId }));
  await send('Connect as a device');
  await expect(out).toContainText('"type":"subscribed"');
  await send('Publish', JSON.stringify({ userId: ` ${userId} `, type: 'chat_message', durable: true, payload: 'to my device' }));
  await expect(out).toContainText('"payload":"to my device"');
  await page.getByLabel(/token/i).first().fill('');
  const [email, password] = [`${randomUUID()}@example.org`, 'seven green kettles'];
  await page.reload();
  await send('Sign up', JSON.stringify({ name: 'Ada', email, password }));
  await expect(out).toContainText(email);
  await send('Who am I?');
  await expect(out).toContainText('"session":{');
  const text = `soup ${randomUUID()}`;
  await send('Send a message', JSON.stringify({ roomId: 'general', message: text }));
  await expect(out).toContainText('201');
  await send('Read messages');
  await expect(out).toContainText('"source":"database"');
  await expect(out).toContainText(text);
  await send('Listen to packets');
  await expect(out).toContainText(/a packet of \d+ bytes/);
  await send('Sign out');
  await expect(out).toContainText('{"success":true}');
  await expect(out, 'its sockets end with the session').toContainText('closed: 4401');
  await send('Who am I?');
  await expect(out).toContainText('null');
  await send('Sign in', JSON.stringify({ email, password }));
  await expect(out).toContainText('"redirect":false');
  await page.goto('about:blank');
  await server.stop();
});

test('who is signed in to the messenger asks for their own; no form is without a story @night', async ({ company }) => {
  const person = await company.come();
  const name = `Dev ${randomUUID().slice(0, 8)}`;
  await person.signInAsGuest(name);
  const { page, base } = person;
  await page.goto(`${base}/developers`);
  const out = page.getByRole('log');
  await page.getByRole('button', { name: 'My profile', exact: true }).click();
  await expect(out).toContainText(`"displayName":"${name}"`);
  await page.getByRole('button', { name: 'My rooms', exact: true }).click();
  await expect(out).toContainText('"id":"general"');
  const source = readFileSync(import.meta.filename, 'utf8');
  for (const button of await page.locator('form button').allInnerTexts()) {
    expect(source.includes(`'${button}'`), `a story of ${button}`).toBe(true);
  }
});

test('the page of the documents that listens with EventSource @night', async ({ company }) => {
  const { page, base } = await company.come();
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'guides', 'messagehub.md'), 'utf8');
  const html = /```html\n([\s\S]*?)```/.exec(text)![1]!;
  const room = `d-${randomUUID()}`;
  const say = (body: string) => fetch(`${base}/rooms/${room}/messages`, { method: 'POST', body });
  await say('before');
  // The page belongs to another site, so it can do only what the door allows everybody.
  const site = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html').end(html.replace('https://hub.example/rooms/lobby', `${base}/rooms/${room}`));
  });
  await new Promise<void>((listening) => site.listen(0, '127.0.0.1', listening));
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  const items = page.getByRole('list', { name: 'Messages' }).getByRole('listitem');
  await expect(items).toHaveText(['before']);
  await say('after');
  await expect(items).toHaveText(['before', 'after']);
  site.close();
});
