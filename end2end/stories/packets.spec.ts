// The messenger shows a program that speaks packets (wasmchannel.md 3) like any person, and the program sees the messenger's people in the
// same way.

import { marker } from '../harness/ids.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { expect, test } from '../harness/people.ts';
import { guest } from '../harness/session.ts';

test('what a program says by packets is on the page, under its person’s name, and what the page’s person does reaches the program', async ({ company, server }) => {
  const samira = await company.come();
  await samira.signInAs('Samira');
  await samira.open('Room');
  const who = await guest(server.base);
  const program = await PacketSocket.joined(server.base, 'room', who.token);

  program.send({ kind: 'Typing' });
  await expect(samira.status(`${who.user.displayName} is typing…`)).toBeVisible();
  const greeting = `hello from a program ${marker()}`;
  const { id: greetingId } = await program.said(greeting);
  await expect(samira.row('Room', greeting)).toHaveCount(1);
  await expect(samira.row('Room', greeting)).toContainText(who.user.displayName);
  await expect(samira.status(/is typing…/)).toHaveCount(0);

  const me = (await (await samira.context.request.get(`${server.base}/api/auth/me`)).json()).data.user;
  const answer = `and from a page ${marker()}`;
  await samira.composer().pressSequentially(answer);
  expect((await program.next('Typing')).user).toBe(me.id);
  await samira.composer().press('Enter');
  const received = await program.next((packet) => packet.kind === 'Message' && packet.text === answer);
  expect(received.user).toBe(me.id);

  await samira.row('Room', greeting).hover();
  await samira.row('Room', greeting).getByRole('button', { name: 'React: Heart' }).click();
  const liked = await program.next((packet) => packet.kind === 'Reaction' && packet.id === greetingId);
  expect([liked.user, liked.reaction]).toEqual([me.id, 'Heart']);
  program.send({ kind: 'Reaction', id: received.id!, reaction: 'Star' });
  await expect(samira.row('Room', answer).getByRole('button', { name: `${who.user.displayName} reacted with Star` })).toBeVisible();
  await program.close();
});
