// Devices and publishers of HopeFlow (hopeflow.md).

import { randomUUID } from 'node:crypto';
import { send, type Reply } from './http.ts';
import { token } from './jwt.ts';
import { TextSocket, opened, type TextSocketOptions } from './text_socket.ts';

export const freshUser = (): string => `u-${randomUUID()}`;

export const bearer = (claims: Record<string, unknown>): Record<string, string> => ({ authorization: `Bearer ${token(claims)}` });

/** Device socket of one person. */
export class Device extends TextSocket {
  static async of(base: string, user: string, options: TextSocketOptions & { query?: string } = {}): Promise<Device> {
    const headers = { ...bearer({ userId: user }), ...options.headers };
    return new Device(await opened(base, `/${options.query ?? ''}`, { ...options, headers }));
  }

  /** Opens a device socket of `hopeflow.v2` and returns it with its welcome. */
  static async v2(base: string, user: string, query = ''): Promise<{ device: Device; welcome: any }> {
    const device = await Device.of(base, user, { protocols: ['hopeflow.v2'], query });
    return { device, welcome: await device.nextJson() };
  }

  /** Opens a device with these filters. The filters are in force when this returns. */
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

  /** Waits until everything that was sent before has taken effect. */
  async barrier(): Promise<void> {
    this.text('ping');
    const answer = await this.next();
    if (answer !== 'pong') throw new Error(`instead of pong: ${answer}`);
  }

  /** Receives the next envelope and acknowledges it with `result`. */
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

/** Publishes one envelope. A `body` of type string is sent as it is. */
export async function publish(base: string, body: unknown, headers: Record<string, string> = {}): Promise<Published> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const began = Date.now();
  const all = { ...bearer({ userId: 'publisher' }), 'content-type': 'application/json', ...headers };
  const reply = await send(base, 'POST', '/publish', { headers: all, body: text });
  return { reply, status: reply.status, body: JSON.parse(reply.text), tookMs: Date.now() - began };
}
