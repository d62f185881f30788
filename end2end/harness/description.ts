// The server's own description of its routes (/openapi.json), for tests that go through all of them.

import { send } from './http.ts';

export type Schema = Record<string, any>;

export interface Operation {
  method: string;
  path: string;
  /** Credentials that open it, by the names of the description; empty if none is looked at. */
  credentials: string[];
  /** One of them is needed. */
  needsCredential: boolean;
  query: { name: string; required: boolean; schema: Schema }[];
  /** Schema of the JSON body; undefined if the operation takes none. */
  body: Schema | undefined;
  /** Schemas of `data` by successful status; undefined if the answer has no envelope. */
  data: Map<number, Schema> | undefined;
  isSocket: boolean;
  /** The answer goes on until the client leaves. */
  isStream: boolean;
}

export interface Description {
  operations: Operation[];
  schemas: Record<string, Schema>;
}

export async function description(base: string): Promise<Description> {
  const document = JSON.parse((await send(base, 'GET', '/openapi.json')).text);
  const operations = Object.entries<any>(document.paths).flatMap(([path, methods]) =>
    Object.entries<any>(methods).map(([method, described]) => operation(method.toUpperCase(), path, described)),
  );
  return { operations, schemas: document.components.schemas };
}

function operation(method: string, path: string, described: any): Operation {
  const good = Object.entries<any>(described.responses).filter(([status]) => /^2/.test(status));
  const enveloped = good.map(([status, answer]) => [Number(status), answer.content?.['application/json']?.schema?.properties?.data] as const);
  const data = enveloped.length > 0 && enveloped.every(([, schema]) => schema !== undefined) ? new Map(enveloped as [number, Schema][]) : undefined;
  return {
    method,
    path,
    credentials: described.security.flatMap(Object.keys),
    needsCredential: described.security.length > 0 && described.security.every((one: object) => Object.keys(one).length > 0),
    query: described.parameters.filter((parameter: any) => parameter.in === 'query'),
    body: described.requestBody?.content['application/json']?.schema,
    data,
    isSocket: '101' in described.responses && !('200' in described.responses),
    isStream: good.some(([, answer]) => 'text/event-stream' in (answer.content ?? {})),
  };
}

/** Returns the reason why `value` violates a schema; unnamed members count as violations. Returns undefined if the value conforms. */
export function mismatch(value: any, schema: Schema, schemas: Record<string, Schema>, at = '$'): string | undefined {
  if (schema['$ref']) return mismatch(value, schemas[schema['$ref'].split('/').at(-1)]!, schemas, at);
  if (schema['anyOf']) {
    const reasons = schema['anyOf'].map((one: Schema) => mismatch(value, one, schemas, at));
    return reasons.includes(undefined) ? undefined : reasons.join(' or ');
  }
  if ('const' in schema) return value === schema['const'] ? undefined : `${at} is not ${schema['const']}`;
  if (schema['enum']) return schema['enum'].includes(value) ? undefined : `${at} is ${JSON.stringify(value)}, none of ${schema['enum']}`;
  switch (schema['type']) {
    case undefined:
      return undefined;
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${at} is no object`;
      const properties: Record<string, Schema> = schema['properties'] ?? {};
      const missing = (schema['required'] ?? []).find((name: string) => !(name in value));
      if (missing) return `${at}.${missing} is missing`;
      for (const [name, member] of Object.entries(value)) {
        if (schema['properties'] && !properties[name]) return `${at}.${name} is not described`;
        const reason = properties[name] && mismatch(member, properties[name], schemas, `${at}.${name}`);
        if (reason) return reason;
      }
      return undefined;
    }
    case 'array': {
      if (!Array.isArray(value)) return `${at} is no list`;
      for (const [index, item] of value.entries()) {
        const reason = mismatch(item, schema['items'], schemas, `${at}[${index}]`);
        if (reason) return reason;
      }
      return undefined;
    }
    case 'integer':
      return Number.isSafeInteger(value) && value >= (schema['minimum'] ?? -Infinity) ? undefined : `${at} is no whole number: ${value}`;
    case 'null':
      return value === null ? undefined : `${at} is not null`;
    default:
      return typeof value === schema['type'] ? undefined : `${at} is no ${schema['type']}`;
  }
}
