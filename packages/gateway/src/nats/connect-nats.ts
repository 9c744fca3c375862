/**
 * Connects to NATS servers, and says in one sentence why that failed.
 *
 * A connection that was made once is made again for ever, four times a
 * second: a broker may be away for hours. A server that hangs is noticed by
 * two pings without an answer.
 *
 * Imports `config`.
 */
import { readFileSync } from 'node:fs'
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node'
import type { NatsAccess } from '../config/nats-settings.ts'

const CONNECT_TIMEOUT_MS = 2000
const RECONNECT_WAIT_MS = 250
const PING_MS = 1000
const MAX_PINGS_OUT = 2

/** Why there is no connection. */
export type NatsFault = 'away' | 'denied' | 'unreadable'

/** Thrown when no connection can be made. The message is a clause that names the server. */
export class NatsAccessError extends Error {
  readonly fault: NatsFault

  constructor(fault: NatsFault, found: string, cause: unknown) {
    super(found, { cause })
    this.fault = fault
  }

  override get name(): string {
    return 'NatsAccessError'
  }
}

/**
 * Makes a connection.
 *
 * @param clientName - what an operator of the servers sees
 * @throws NatsAccessError when there is no server, it refuses the credentials, or a file can't be read
 */
export async function connectNats(access: NatsAccess, clientName: string): Promise<NatsConnection> {
  const servers = access.servers.join(', ')
  const authenticator = authenticatorOf(access)
  try {
    return await connect({
      servers: [...access.servers],
      name: clientName,
      ...(authenticator ? { authenticator } : {}),
      ...(access.ca === undefined ? {} : { tls: { ca: readText(access.ca) } }),
      timeout: CONNECT_TIMEOUT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_WAIT_MS,
      reconnectJitter: RECONNECT_WAIT_MS / 5,
      pingInterval: PING_MS,
      maxPingOut: MAX_PINGS_OUT,
      // Credentials that are changed while the gateway runs end nothing for good.
      ignoreAuthErrorAbort: true,
      noAsyncTraces: true,
    })
  } catch (cause) {
    if (cause instanceof NatsAccessError) throw cause
    if (isDenied(cause)) throw new NatsAccessError('denied', `${servers} refuses the credentials`, cause)
    throw new NatsAccessError('away', `no NATS server answers at ${servers} (${wordsOf(cause)})`, cause)
  }
}

function authenticatorOf(access: NatsAccess): Authenticator | undefined {
  const { token, user, password, nkey, credentials } = access
  if (token) return tokenAuthenticator(token.reveal())
  if (user !== undefined) return usernamePasswordAuthenticator(user, password?.reveal())
  if (nkey) return nkeyAuthenticator(Buffer.from(nkey.reveal()))
  return credentials === undefined ? undefined : credsAuthenticator(Buffer.from(readText(credentials)))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new NatsAccessError('unreadable', `${path} cannot be read (${wordsOf(cause)})`, cause)
  }
}

function isDenied(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof errors.AuthorizationError) return true
    if (error instanceof errors.UserAuthenticationExpiredError) return true
  }
  return false
}

function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
