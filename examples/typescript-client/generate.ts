// Writes `api.ts`, the types of the REST API, from `/openapi.json`: `node generate.ts https://…` asks a deployment, and without an address
// the generator takes the description that the tests of the repository keep.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Schema {
  $ref?: string;
  anyOf?: Schema[];
  const?: unknown;
  enum?: unknown[];
  type?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

interface Operation {
  summary: string;
  parameters: { in: string; name: string; required: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const JSON_TYPE = 'application/json';
const HEAD = '// Types of the REST API. The file is generated from /openapi.json: run generate.ts instead of a change by hand.\n';
const KEPT = join(import.meta.dirname, '..', '..', 'protocol/tests/laws/snapshots/laws__openapi__the_document_as_it_is_served.snap');

/** Returns the text of `api.ts`. */
export function typesOf({ components, paths }: Description): string {
  const schemas = sorted(components.schemas).map(([name, schema]) => `export type ${name} = ${typeOf(schema)};\n`);
  const operations = sorted(paths).flatMap(([path, methods]) =>
    sorted(methods).flatMap(([method, operation]) => typesOfOperation(`${method.toUpperCase()} ${path}`, operation)),
  );
  return [HEAD, ...schemas, `/** Calls that answer in the envelope, by method and path. */\nexport interface Operations {\n${operations.join('')}}\n`].join('\n');
}

/** Returns the lines of an operation; none if it does not answer in the envelope. */
function typesOfOperation(name: string, { summary, parameters, requestBody, responses }: Operation): string[] {
  const good = sorted(responses).filter(([status]) => status.startsWith('2'));
  const answers = good.map(([, answer]) => answer.content?.[JSON_TYPE]?.schema?.properties?.['data']);
  const data = answers.filter((schema) => schema !== undefined);
  if (data.length === 0 || data.length < answers.length) return [];
  const placed = ['path', 'query'].map((place): [string, Schema] => [place, objectOf(parameters.filter((one) => one.in === place))]);
  const parts = [...placed, ['body', requestBody?.content[JSON_TYPE]?.schema ?? {}] as [string, Schema]].filter(([, part]) => part.properties ?? part.$ref);
  // A part is needed if one of its members is.
  const input: Schema = { properties: Object.fromEntries(parts), required: parts.filter(([, part]) => part.$ref ?? part.required?.length).map(([part]) => part) };
  const result = [...new Set(data.map(typeOf))].join(' | ');
  return [`  /**\n   * ${summary}\n   */\n  ${JSON.stringify(name)}: { input: ${typeOfMembers(input)}; data: ${result} };\n`];
}

function objectOf(parameters: Operation['parameters']): Schema {
  if (parameters.length === 0) return {};
  const required = parameters.filter((one) => one.required).map((one) => one.name);
  return { type: 'object', properties: Object.fromEntries(parameters.map((one) => [one.name, one.schema])), required };
}

function typeOf(schema: Schema): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1)!;
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === 'integer') return 'number';
  if (schema.type === 'array') return `Array<${typeOf(schema.items ?? {})}>`;
  if (schema.type === 'object') return schema.properties ? typeOfMembers(schema) : 'Record<string, unknown>';
  return schema.type ?? 'unknown';
}

function typeOfMembers({ properties = {}, required = [] }: Schema): string {
  const members = sorted(properties).map(([name, schema]) => {
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${key}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`;
  });
  return members.length > 0 ? `{ ${members.join('; ')} }` : '{}';
}

/** Returns the members by their names: the order in which a server writes them means nothing. */
const sorted = <T>(record: Record<string, T>): [string, T][] => Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));

if (import.meta.main) {
  const [address] = process.argv.slice(2);
  const text = address ? await (await fetch(new URL('/openapi.json', address))).text() : await readFile(KEPT, 'utf8');
  // The kept description has a head before the document.
  await writeFile(join(import.meta.dirname, 'api.ts'), typesOf(JSON.parse(text.slice(text.indexOf('{')))));
}
