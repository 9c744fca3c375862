/**
 * A text that nobody may read by accident: a key, a token, a password.
 *
 * It is in a private field, so that neither `JSON.stringify`, nor a log, nor an
 * inspector, nor a copy of the object shows it.
 *
 * Pure; imports nothing of the gateway.
 */
import { z } from 'zod'

/** Keeps a text out of everything that is printed. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text, for whoever compares it or sends it to where it belongs. */
  reveal(): string {
    return this.#text
  }
}

/** What makes a text fit to be a key that is sent in a header. */
const KEY = /^[\x21-\x7e]{16,}$/
const A_KEY = 'a secret of at least 16 visible ASCII characters, without spaces'

/** A text that becomes a `Secret`. `isFit` says whether it is one of the kind that `expects` describes. */
export function secret(
  expects: string,
  isFit: (text: string) => boolean,
): z.ZodType<Secret, string | undefined> {
  return z
    .string({ error: expects })
    .refine(isFit, { error: expects })
    .transform((text) => new Secret(text))
}

/** A key or token that is sent in a header. */
export function key(): z.ZodType<Secret, string | undefined> {
  return secret(A_KEY, (text) => KEY.test(text))
}

/** One or more secrets of a kind: while keys are changed, the old one and the new one. */
export function oneOrMore(
  one: z.ZodType<Secret, string | undefined>,
  expects: string,
): z.ZodType<readonly Secret[], unknown> {
  const list = z.array(one, { error: expects }).min(1, { error: expects })
  return z.union([one.transform((single) => [single]), list], { error: expects })
}

/** Of a tenant: the keys that it may send. */
export function keys(): z.ZodType<readonly Secret[], unknown> {
  return oneOrMore(key(), `${A_KEY}, or a list of such`)
}
