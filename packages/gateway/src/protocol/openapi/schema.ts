/**
 * The words of JSON Schema that the document needs.
 *
 * Pure; imports nothing.
 */

/** A JSON Schema (draft 2020-12), or another part of an OpenAPI document. */
export type Json = { readonly [key: string]: unknown }

/** An object with exactly these members; those named in `optional` may be absent. */
export function object(properties: Json, optional: readonly string[] = []): Json {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false }
}

/** A list. */
export function listOf(items: Json): Json {
  return { type: 'array', items }
}

/** One of some texts. */
export function oneOf(...words: readonly string[]): Json {
  return { type: 'string', enum: words }
}

/** The schema of this name in `components`. */
export function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` }
}

/** The same, with a sentence about it. */
export function described(schema: Json, description: string): Json {
  return { ...schema, description }
}

/** A whole number of at least 0. */
export const COUNT: Json = { type: 'integer', minimum: 0 }
/** A number of at least 0. */
export const AMOUNT: Json = { type: 'number', minimum: 0 }
/** Any text. */
export const TEXT: Json = { type: 'string' }
/** True or false. */
export const FLAG: Json = { type: 'boolean' }
