// Mails about accounts as a person receives them (account.md 1.3): the development mailbox of a server, and the links in its mails.

import assert from 'node:assert/strict';
import { send } from './http.ts';
import { until } from './wait.ts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
  at: number;
}

/** Server of the mailbox, or its address. */
export type MailServer = string | { readonly base: string };

const baseOf = (server: MailServer): string => (typeof server === 'string' ? server : server.base);

/** Returns all mails, newest first. */
export async function mailbox(server: MailServer): Promise<Mail[]> {
  const reply = await send(baseOf(server), 'GET', '/__dev/mail', { headers: { accept: 'application/json' } });
  assert.equal(reply.status, 200, reply.text);
  return JSON.parse(reply.text) as Mail[];
}

/** Returns the mails to an address, newest first. */
export const mailsTo = async (server: MailServer, to: string): Promise<Mail[]> => (await mailbox(server)).filter((mail) => mail.to === to);

/** Waits for a mail to an address, with a subject or a text that matches. Returns the newest one. */
export function newestMail(server: MailServer, to: string, match: RegExp = /./): Promise<Mail> {
  const isMeant = (mail: Mail) => match.test(mail.subject) || match.test(mail.text);
  return until(`a mail to ${to} with ${match}`, async () => (await mailsTo(server, to)).find(isMeant));
}

/** Returns the one link of a mail. Text and HTML have the same one. */
export function linkIn(mail: Mail): string {
  const links = mail.text.split('\n').filter((line) => /^https?:\/\//.test(line));
  assert.equal(links.length, 1, mail.text);
  const [link] = links as [string];
  assert.ok(mail.html.includes(`href="${link}"`), mail.html);
  return link;
}

/** Returns the token in the link of a mail. */
export function tokenIn(mail: Mail): string {
  const token = new URL(linkIn(mail)).searchParams.get('token');
  assert.ok(token, linkIn(mail));
  return token;
}
