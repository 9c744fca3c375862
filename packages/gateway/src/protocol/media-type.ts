/**
 * What a `Content-Type` says about a body, as far as the gateway reads it.
 *
 * Pure; imports nothing.
 */

/** The forms in which events are taken. */
export type BodyForm = 'json' | 'ndjson'

const FORMS: ReadonlyMap<string, BodyForm> = new Map([
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
])

/** The media types that are taken, for a sentence. */
export const TAKEN_MEDIA_TYPES: readonly string[] = [...FORMS.keys()]

/**
 * The form that a `Content-Type` announces; `undefined` when it is missing, another one, or in a charset other than
 * UTF-8. Letter case and white space do not matter, other parameters are ignored.
 */
export function bodyForm(contentType: string | undefined): BodyForm | undefined {
  if (contentType === undefined) return undefined
  const exact = FORMS.get(contentType)
  if (exact) return exact
  const [type = '', ...parameters] = contentType.split(';')
  const charset = parameters.map((parameter) => parameter.trim().toLowerCase()).find(isCharset)
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) return undefined
  return FORMS.get(type.trim().toLowerCase())
}

function isCharset(parameter: string): boolean {
  return parameter.startsWith('charset=')
}

/** Whether a media type is JSON: `application/json`, `text/json`, or anything that ends in `+json`. */
export function isJsonType(contentType: string): boolean {
  const [type = ''] = contentType.split(';')
  return /^[^/\s]+\/(?:json|[^/\s]+\+json)$/i.test(type.trim())
}
