// Devices and publishers of HopeFlow (hopeflow.md).

import { randomUUID } from 'node:crypto';
import { send, type Reply } from './http.ts';
import { token } from './jwt.ts';
import { Line, opened, type LineOptions } from './line.ts';

export const freshUser = (): string => `u-${randomUUID()}`;

export const bearer = (claims: Record<string, unknown>): Record<string, string> => ({ authorization: `Bearer ${token(claims)}` });

/** A device of a person. */
export class Device extends Line {
  static async of(base: string, user: string, options: LineOptions & { query?: string } = {}): Promise<Device> {
    const headers = { ...bearer({ userId: user }), ...options.headers };
    return new Device(await opened(base, `/${options.query ?? ''}`, { ...options, headers }));
  }

  /** A device that speaks `hopeflow.v2`; gives the welcome with it. */
  static async v2(base: string, user: string, query = ''): Promise<{ device: Device; welcome: any }> {
    const device = await Device.of(base, user, { protocols: ['hopeflow.v2'], query });
    return { device, welcome: await device.nextJson() };
  }

  /** A device that hears `filters`, in force when this returns. */
  static async listening(base: string, user: string, ...filters: Record<string, unknown>[]): Promise<Device> {
    const device = await Device.of(base, user);
    device.subscribe(...filters);
    await device.barrier();
    return device;
  }

  subscribe(...filters: unknown[]): void {
    this.json({ type: 'subscribe', filters });
  }

  unsubscribe(...filters: unknown[]): void {
    this.json({ type: 'unsubscribe', filters });
  }

  /** Everything that was sent before has taken effect. */
  async barrier(): Promise<void> {
    this.text('ping');
    const answer = await this.next();
    if (answer !== 'pong') throw new Error(`instead of pong: ${answer}`);
  }

  /** The next envelope, answered with `result`. */
  async answer(result?: unknown): Promise<any> {
    const envelope = await this.nextJson();
    this.json({ type: 'ack', envelopeId: envelope.envelopeId, ...(result === undefined ? {} : { result }) });
    return envelope;
  }
}

export interface Published {
  reply: Reply;
  status: number;
  body: any;
  tookMs: number;
}

/** One publish; `body` may be text to send as it is. */
export async function publish(base: string, body: unknown, headers: Record<string, string> = {}): Promise<Published> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const began = Date.now();
  const all = { ...bearer({ userId: 'publisher' }), 'content-type': 'application/json', ...headers };
  const reply = await send(base, 'POST', '/publish', { headers: all, body: text });
  return { reply, status: reply.status, body: JSON.parse(reply.text), tookMs: Date.now() - began };
}
