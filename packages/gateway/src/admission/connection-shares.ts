/**
 * How many connections each tenant holds, so that none holds all of them.
 *
 * A connection is known by whose key came on it first: behind a proxy it
 * carries everybody's requests, and is counted once. Those who send no right
 * key count as one tenant. A connection on which nothing was sent is nobody's;
 * it is closed after ten seconds.
 *
 * Imports `delivery`, `refusal`, `tenants`.
 */
import type { Duplex } from 'node:stream'
import { FairShare } from '../delivery/fair-share.ts'
import { prepared, type RequestRefusal } from './refusal.ts'
import { isTenant, type Tenant } from './tenants.ts'

/** No tenant can be called so. */
const STRANGERS = '?'

const TOO_MANY: RequestRefusal = {
  ...prepared(
    'ERR_TOO_MANY_CONNECTIONS',
    'this tenant has its part of the connections (maxConnections); send on those that are open',
  ),
  closes: true,
}

/** The connections, by whose they are. */
export class ConnectionShares {
  readonly #share: FairShare
  readonly #owned = new WeakSet<Duplex>()

  /** @param owners - the names of the tenants, and of whoever needs no key */
  constructor(maxConnections: number, owners: readonly string[]) {
    this.#share = new FairShare(maxConnections)
    for (const owner of owners) this.#share.introduce(owner)
    // Alone with those who have no key, a tenant has not everything either.
    if (owners.length > 1) this.#share.introduce(STRANGERS)
  }

  /**
   * Whoever was identified on a connection, if that connection is known or there is a place for it among those of its
   * tenant; otherwise why not, and the connection ends.
   */
  enter(socket: Duplex, identified: Tenant | RequestRefusal): Tenant | RequestRefusal {
    if (this.#owned.has(socket)) return identified
    const owner = isTenant(identified) ? identified.name : STRANGERS
    if (!this.#share.tryTake(owner, 1))
      return isTenant(identified) ? TOO_MANY : { ...identified, closes: true }
    this.#owned.add(socket)
    socket.once('close', () => this.#share.give(owner, 1))
    return identified
  }
}
