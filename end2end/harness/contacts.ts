// Contacts for tests, made by REST.

import type { Session } from './session.ts';
import { until } from './wait.ts';

/** Makes two people contacts: the first one asks, the other one accepts. */
export async function befriend(one: Session, other: Session): Promise<void> {
  await one.api.ok('POST', '/api/me/contacts', { userId: other.user.id });
  await until('contacts', async () => (await other.api.post(`/api/me/contacts/${one.user.id}/accept`)).status === 200);
}
