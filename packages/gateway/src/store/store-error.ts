/**
 * What can be wrong with a store: a table of codes, each with its remedy.
 *
 * Nothing is ever deleted to get rid of an error.
 */

/** The stable name of what is wrong. */
export type StoreErrorCode =
  | 'ERR_STORE_IN_USE'
  | 'ERR_STORE_NEWER'
  | 'ERR_STORE_NOT_WRITABLE'
  | 'ERR_STORE_DAMAGED'
  | 'ERR_STORE_FOREIGN'
  | 'ERR_STORE_NO_SPACE'
  | 'ERR_STORE_FAILED'
  | 'ERR_STORE_BROKER_AWAY'
  | 'ERR_STORE_BROKER_DENIED'
  | 'ERR_STORE_BROKER_UNFIT'
  | 'ERR_STORE_BROKER_SPACE'
  | 'ERR_STORE_CONTRADICTION'

/** What to do about it. */
export const STORE_REMEDIES: Readonly<Record<StoreErrorCode, string>> = {
  ERR_STORE_IN_USE: 'Stop the other gateway, or give this one a data directory of its own.',
  ERR_STORE_NEWER: 'Start the newer gateway again, or choose another data directory; nothing was changed.',
  ERR_STORE_NOT_WRITABLE: 'Make the directory writable for this user, or choose another data directory.',
  ERR_STORE_DAMAGED:
    'Restore the file from a backup, or open with onDamage "skip": what can be read is kept, the file is set aside.',
  ERR_STORE_FOREIGN: 'Choose an empty directory, or one that a gateway made.',
  ERR_STORE_NO_SPACE: 'Free some space on the volume; the store takes events again by itself.',
  ERR_STORE_FAILED:
    'Look for errors of the disk in the log of the system, then start the gateway again; what was acknowledged is kept.',
  ERR_STORE_BROKER_AWAY:
    'Start the NATS server, or correct jetstream.servers; a gateway that runs takes events again by itself once it is back.',
  ERR_STORE_BROKER_DENIED:
    'Correct the token, user, nkey or credentials under jetstream, or the permissions that the server gives them.',
  ERR_STORE_BROKER_UNFIT:
    'Start nats-server with -js, or enable JetStream for the account, or name another server under jetstream.',
  ERR_STORE_BROKER_SPACE:
    'Give the server more room (jetstream.max_file_store), or lower backlog.bytes and deadLetters.bytes of the stream.',
  ERR_STORE_CONTRADICTION:
    'Nothing was changed. Make the settings of all gateways agree, change what exists with the nats command, or choose another jetstream.prefix.',
}

/** Thrown when a store cannot be opened. The message says what was found, where, and what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode
  readonly path: string

  /** @param problem - what was found, in one clause, and what led to it */
  constructor(
    code: StoreErrorCode,
    path: string,
    problem: { readonly found: string; readonly cause?: unknown },
  ) {
    const { found, cause } = problem
    const because = cause instanceof Error ? ` (${cause.message})` : ''
    super(`${found}${because}: ${path}. ${STORE_REMEDIES[code]}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.path = path
  }

  override get name(): string {
    return 'StoreError'
  }
}

/** Why a running store is not healthy. */
export interface StoreFailure {
  readonly code: 'ERR_STORE_NO_SPACE' | 'ERR_STORE_FAILED' | 'ERR_STORE_BROKER_AWAY'
  readonly stream: string
  /** One sentence: what happened and what to do. */
  readonly detail: string
  readonly cause?: unknown
}

/** The `code` of a system error: `ENOSPC`, `EIO`; `undefined` for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' ? code : undefined
}
