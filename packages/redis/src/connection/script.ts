/**
 * A Lua script with its name, the SHA-1, computed once.
 */
import { createHash } from 'node:crypto'

/** A script as text, and as the server names it. */
export interface Script {
  readonly text: string
  readonly sha1: string
}

/** Names `text`. */
export function script(text: string): Script {
  return { text, sha1: createHash('sha1').update(text).digest('hex') }
}
